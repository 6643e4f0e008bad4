// A workbench of Visual Studio Code with the extension in it, served to a browser, with a home, settings
// and a folder of files of its own.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { becomes } from './patience.mjs';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
export const repository = path.resolve(here, '../../..');
export const binary = process.env.NEXTLINE_BINARY ?? path.join(repository, 'build/release/nextline');
const installed = process.env.NEXTLINE_WORKBENCH ?? 'NEXTLINE_WORKBENCH: what scripts/workbench prints';
const program = path.join(installed, 'node_modules/code-server/out/node/entry.js');

/** A fetched model in the user's own cache. */
export function modelPath(name) {
  const cache = process.env.XDG_CACHE_HOME || path.join(process.env.HOME, '.cache');
  return path.join(cache, 'nextline/models', `${name}.gguf`);
}

/** What keeps the workbench quiet, and texts as they are typed. */
const quiet = {
  'chat.disableAIFeatures': true,
  'editor.accessibilitySupport': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  'editor.cursorBlinking': 'solid',
  'editor.hover.enabled': false,
  'editor.minimap.enabled': false,
  'editor.parameterHints.enabled': false,
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

async function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class CodeServer {
  /** `environment` is what the server's process sees besides. */
  static async start({ vsix, settings, keybindings = [], environment = {} }) {
    const started = new CodeServer();
    started.folder = mkdtempSync(path.join(tmpdir(), 'nextline-test-'));
    for (const name of ['home', 'user/User', 'extensions', 'work/.vscode', 'between']) {
      mkdirSync(path.join(started.folder, name), { recursive: true });
    }
    writeFileSync(started.file('user/User/settings.json'), JSON.stringify({ ...quiet, ...settings }));
    writeFileSync(started.file('user/User/keybindings.json'), JSON.stringify(keybindings));
    const config = path.join(started.folder, 'config.yaml');
    writeFileSync(config, 'cert: false\n');
    const common = [
      program, '--config', config,
      '--user-data-dir', path.join(started.folder, 'user'),
      '--extensions-dir', path.join(started.folder, 'extensions'),
    ];
    const env = {
      ...process.env,
      HOME: path.join(started.folder, 'home'),
      XDG_CACHE_HOME: path.join(started.folder, 'home/.cache'),
      XDG_CONFIG_HOME: path.join(started.folder, 'home/.config'),
      XDG_DATA_HOME: path.join(started.folder, 'home/.local/share'),
      NEXTLINE_BETWEEN: path.join(started.folder, 'between'),
      NEXTLINE_BINARY: binary,
      no_proxy: '127.0.0.1',
      ...environment,
    };
    execFileSync(process.execPath, [...common, '--install-extension', vsix], { env, stdio: 'pipe' });
    const port = await freePort();
    started.process = spawn(process.execPath, [
      ...common, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry',
      '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override',
    ], { env, stdio: 'ignore', detached: true });
    // Whoever ends the tests ends it, too.
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    process.once('exit', () => started.signal('SIGKILL'));
    started.url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(path.join(started.folder, 'work'))}`;
    await becomes('code-server answers', () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.ok, () => false));
    return started;
  }

  /** Writes the settings of the folder, which the workbench follows while it runs. */
  configure(settings) {
    writeFileSync(this.file('work/.vscode/settings.json'), JSON.stringify(settings));
  }

  file(...names) {
    return path.join(this.folder, ...names);
  }

  /** To its process group: the extension host and the language server belong to it. */
  signal(signal) {
    try {
      process.kill(-this.process.pid, signal);
    } catch {
      // It has ended.
    }
  }

  async stop() {
    this.signal('SIGTERM');
    await Promise.race([
      new Promise((resolve) => this.process.once('exit', resolve)),
      new Promise((resolve) => setTimeout(resolve, 5000)),
    ]);
    this.signal('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
