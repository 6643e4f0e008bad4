// Makes the playground's page: one file of HTML, with everything in it that it needs.
//
//   node bundle.mjs PACKAGES PAGE SOURCE
//
// PACKAGES: the folder in which the packages of the lock file are installed. PAGE: the page, to be
// read. SOURCE: the same as a C++ source, to be compiled in.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [packages, page, source] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const modules = join(packages, "node_modules");
const esbuild = createRequire(join(packages, "package.json"))("esbuild");

function bundle(file) {
  const { outputFiles, metafile } = esbuild.buildSync({
    entryPoints: [join(here, file)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    loader: { ".py": "text" },
    nodePaths: [modules],
    logLevel: "warning",
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

/** What is in the page of others, and under which licence. */
function licences(inputs) {
  const names = new Set(
    inputs.flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []),
  );
  return [...names]
    .sort()
    .map((name) => {
      const folder = join(modules, name);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name}\n\n${file ? readFileSync(join(folder, file), "utf8") : ""}`;
    })
    .join("\n");
}

const script = bundle("src/main.js");
const style = bundle("style.css");
const code = script.text.replaceAll("</script", "<\\/script");
const hash = createHash("sha256").update(code).digest("base64");
// Nothing is asked of anybody but the server that the page came from. The editor makes styles of its own.
const policy =
  `default-src 'none'; connect-src 'self'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; ` +
  "img-src data:; base-uri 'none'; form-action 'none'";
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" +
  "%3Cpath fill='%232f6f9f' d='M1 3h10v4H1z'/%3E%3Cpath fill='%23d55e00' d='M1 9h6v4H1zM9 9h2v4H9z'/%3E%3C/svg%3E";

// Functions, because a string would have its dollars read.
const html = readFileSync(join(here, "index.html"), "utf8")
  .replace(
    '<meta charset="utf-8">',
    (charset) => `${charset}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  )
  .replace("</head>", () => `<link rel="icon" href="${icon}">\n<style>${style.text}</style>\n</head>`)
  .replace("</body>", () => `<script>${code}</script>\n</body>`)
  .concat(`<!--\nThis page contains:\n\n${licences(script.inputs).replaceAll("--", "- -")}-->\n`);
writeFileSync(page, html);

// A literal has its limits, so the page is many of them, one behind the other.
const PART = 8192;
const parts = [];
for (let first = 0; first < html.length; first += PART)
  parts.push(`R"page(${html.slice(first, first + PART)})page"`);
writeFileSync(
  source,
  `#include "server/playground/playground_page.h"

namespace nextline::server {

std::string_view playground_page() {
  static constexpr char kPage[] = ${parts.join("\n")};
  return {kPage, sizeof(kPage) - 1};
}

}  // namespace nextline::server
`,
);
