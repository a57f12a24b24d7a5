// SPDX-License-Identifier: MIT

// A profile in speedscope itself: what that shows is what the report says.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { launch } from "./browser.mjs";
import { dir, readJson } from "./read.mjs";

const index = join(
	process.env.HEAPPROF_TEST_MODULES,
	"speedscope/dist/release/index.html",
);
const UNITS = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

// "16.13 MB (16%)", and how far off that may be.
function parseBytes(text) {
	const [, value, unit] = /^([\d.]+) ([KMG]?B)\b/.exec(text);
	return [Number(value) * UNITS[unit], 0.006 * UNITS[unit]];
}

// What the tables of the page have: rows of texts.
function readRows(page) {
	return page
		.locator("tr")
		.evaluateAll((rows) =>
			rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())),
		);
}

// Of functions whose name is that of no other.
function rowsByName({ rows }) {
	const found = new Map();
	for (const row of rows)
		found.set(row.function, found.has(row.function) ? null : row);
	return found;
}

for (const name of ["exact", "sampled"])
	test(`${name}: speedscope has the figures of the report`, async () => {
		const browser = await launch();
		const page = await browser.newPage();
		const errors = [];
		page.on("pageerror", (e) => errors.push(e.stack));
		await page.goto(`file://${index}`);
		await page.setInputFiles(
			"input[type=file]",
			join(dir, `${name}.speedscope.json`),
		);
		await page.getByText("Sandwich").click();
		await page.getByText("Symbol Name").waitFor();
		const rows = rowsByName(readJson(`${name}-live-function`));
		let compared = 0;
		for (const [total, , symbol] of await readRows(page)) {
			const row = rows.get(symbol);
			if (!row) continue;
			const [value, slack] = parseBytes(total);
			const wanted = row.cumulative.value;
			assert.ok(
				Math.abs(value - wanted) <= slack,
				`${symbol}: ${total}, not ${wanted}`,
			);
			compared++;
		}
		assert.ok(compared > 20, `${compared} rows`);
		assert.deepEqual(errors, []);
		await browser.close();
	});
