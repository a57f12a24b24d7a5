// SPDX-License-Identifier: MIT

// Pages in Chromium.  Whatever a page says on the console, throws, asks the
// network for or has refused by its policy makes close() fail.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { dir } from "./read.mjs";

const require = createRequire(join(process.env.HEAPPROF_TEST_MODULES, "x.js"));
const { chromium } = require("playwright-core");

export async function launch() {
	return chromium.launch({
		executablePath: process.env.HEAPPROF_TEST_BROWSER ?? "/usr/bin/chromium",
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
}

export async function open(browser, name, options = {}) {
	const { width = 1400, height = 900, hash = "", ...more } = options;
	const page = await browser.newPage({
		viewport: { width, height },
		...more,
	});
	const file = `file://${join(dir, `${name}.html`)}`;
	const complaints = [];
	page.on("console", (m) => complaints.push(`console: ${m.text()}`));
	page.on("pageerror", (e) => complaints.push(`error: ${e.stack}`));
	page.on("dialog", (d) => {
		complaints.push(`dialog: ${d.message()}`);
		d.dismiss();
	});
	page.on("request", (r) => {
		if (r.url() !== file) complaints.push(`request: ${r.url()}`);
	});
	await page.addInitScript(() =>
		document.addEventListener("securitypolicyviolation", (e) =>
			console.error(`refused: ${e.violatedDirective} ${e.blockedURI}`),
		),
	);
	await page.goto(file + hash);
	await page.waitForSelector("html[data-ready]", { timeout: 60000 });
	return {
		page,
		async close() {
			await page.close();
			assert.deepEqual(complaints, []);
		},
	};
}

// What a figure's title says exactly: "1,234 ± 56 bytes".
export function parsePrecise(title) {
	const [value, error] = title
		.replace(/ bytes$/, "")
		.split(" ± ")
		.map((x) => Number(x.replaceAll(",", "").replace("−", "-")));
	return { value, error: error ?? 0 };
}

// Done when what follows a change has been drawn.
export async function settle(page) {
	await page.evaluate(
		() =>
			new Promise((resolve) => {
				requestAnimationFrame(() => requestAnimationFrame(resolve));
			}),
	);
}
