// SPDX-License-Identifier: MIT

// From web/ to one page: node build.mjs OUTPUT.  The packages are those of the
// node_modules beside the package.json that was installed, $HEAPPROF_MODULES.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = process.env.HEAPPROF_MODULES ?? join(here, "node_modules");
const require = createRequire(join(modules, "x.js"));
const { buildSync } = require("esbuild");

function bundle(entry, loader) {
	const { outputFiles } = buildSync({
		entryPoints: [join(here, entry)],
		bundle: true,
		minify: true,
		write: false,
		format: loader === "js" ? "iife" : undefined,
		target: ["chrome109", "firefox115", "safari16.4"],
		nodePaths: [modules],
		legalComments: "inline",
		logLevel: "warning",
	});
	return outputFiles[0].text.trim();
}

function hash(text) {
	return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const script = bundle("src/main.js", "js");
const style = bundle("src/page.css", "css");
if (/<\/(script|style)|<!--/i.test(script + style))
	throw new Error("the script or the style would end early");

// Others' licences ask to be with what is made of their sources.
const licence = readFileSync(join(modules, "uplot", "LICENSE"), "utf8");

const policy = [
	"default-src 'none'",
	`script-src ${hash(script)}`,
	`style-src ${hash(style)}`,
	"base-uri 'none'",
	"form-action 'none'",
].join("; ");

const page = readFileSync(join(here, "page.html"), "utf8")
	.replace("@POLICY@", () => policy)
	.replace("@LICENCE@", () => licence.trim())
	.replace("<!--STYLE-->", () => `<style>${style}</style>`)
	.replace("<!--SCRIPT-->", () => `<script>${script}</script>`);
writeFileSync(process.argv[2], page);
