import { MarkdownString, StatusBarAlignment, ThemeColor, window, workspace, type Disposable } from 'vscode';
import { whyDocumentIsOff } from './configuration';
import type { Server } from './server';
import { shownStatus, type Situation } from './status';
import type { Suggestions } from './suggestions';

/** An answer that comes sooner is not announced: the bar would flicker at each key. */
const patience = 150;

/** What stands in the status bar, and a menu behind it. */
export class StatusBar implements Disposable {
  private readonly item = window.createStatusBarItem('nextline.status', StatusBarAlignment.Right, 100);
  private readonly registered: Disposable[];
  private isSlow = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly suggestions: Suggestions,
  ) {
    this.item.name = 'Nextline';
    this.item.command = 'nextline.menu';
    this.registered = [
      server.onDidChangeState(() => this.show()),
      suggestions.onDidChangeWaiting(() => this.thinkingChanged()),
      window.onDidChangeActiveTextEditor(() => this.show()),
      workspace.onDidOpenTextDocument(() => this.show()),
      workspace.onDidChangeConfiguration(() => this.show()),
    ];
    this.show();
    this.item.show();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const one of this.registered) one.dispose();
    this.item.dispose();
  }

  private thinkingChanged(): void {
    if (this.suggestions.isThinking) {
      this.timer ??= setTimeout(() => {
        this.isSlow = true;
        this.show();
      }, patience);
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isSlow = false;
    this.show();
  }

  private show(): void {
    const { text, tooltip, severity } = shownStatus(this.situation());
    this.item.text = text;
    this.item.tooltip = tooltipOf(tooltip);
    this.item.accessibilityInformation = { label: `Nextline. ${tooltip.join(' ')}` };
    this.item.backgroundColor =
      severity === 'normal' ? undefined : new ThemeColor(`statusBarItem.${severity}Background`);
  }

  private situation(): Situation {
    const document = window.activeTextEditor?.document;
    return {
      server: this.server.state,
      off: document && whyDocumentIsOff(document),
      isThinking: this.isSlow,
      last: this.suggestions.last,
    };
  }
}

function tooltipOf(sentences: string[]): MarkdownString {
  const tooltip = new MarkdownString('**Nextline**\n\n');
  for (const sentence of sentences) tooltip.appendText(sentence).appendMarkdown('\n\n');
  return tooltip.appendMarkdown('Click for what can be done.');
}
