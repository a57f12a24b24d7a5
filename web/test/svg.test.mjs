// SPDX-License-Identifier: MIT

// A flame graph that is an SVG file, in a browser.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { launch } from "./browser.mjs";
import { dir, readJson } from "./read.mjs";

// What @check finds in exact.svg, at its own width.
async function withPicture(check, options = {}) {
	const browser = await launch();
	const page = await browser.newPage({
		viewport: { width: 1200, height: 600 },
		...options,
	});
	page.setDefaultTimeout(10000);
	const complaints = [];
	page.on("console", (m) => complaints.push(m.text()));
	page.on("pageerror", (e) => complaints.push(e.stack));
	page.on("request", (r) => complaints.push(r.url()));
	const file = `file://${join(dir, "exact.svg")}`;
	await page.goto(file);
	await check(page);
	assert.deepEqual(complaints, [file]);
	await browser.close();
}

// The first frame of a function.
async function frame(page, name) {
	const handle = await page.evaluateHandle(
		(wanted) =>
			[...document.querySelectorAll("g")].find((g) =>
				g.querySelector("title").textContent.startsWith(`${wanted}\n`),
			),
		name,
	);
	return handle.asElement();
}

async function widthOf(element) {
	return element.$eval("rect", (e) => e.getBoundingClientRect().width);
}

async function click(page, element) {
	const box = await (await element.$("rect")).boundingBox();
	await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

async function isShown(element) {
	return element.evaluate((g) => g.style.display !== "none");
}

test("a click zooms, and Escape goes back", () =>
	withPicture(async (page) => {
		const other = await frame(page, "ldwrite");
		const main = await frame(page, "main");
		const narrow = await frame(page, "bfd_section_from_shdr");
		const label = () => narrow.evaluate((g) => g.lastElementChild.textContent);
		const [before, written] = [await widthOf(narrow), await label()];
		const whole = await widthOf(await frame(page, "all"));
		assert.ok(before < whole / 4);
		await click(page, narrow);
		assert.ok(Math.abs((await widthOf(narrow)) - whole) < 0.5);
		assert.equal(await label(), "bfd_section_from_shdr");
		assert.ok(Math.abs((await widthOf(main)) - whole) < 0.5);
		assert.ok(await isShown(main));
		assert.ok(!(await isShown(other)));
		await page.keyboard.press("Escape");
		assert.ok(Math.abs((await widthOf(narrow)) - before) < 0.01);
		assert.equal(await label(), written);
		assert.ok(await isShown(other));
		await click(page, narrow);
		await page.locator("text", { hasText: "Back to all" }).click();
		assert.ok(Math.abs((await widthOf(narrow)) - before) < 0.01);
	}));

test("a search has the share of what it finds", () =>
	withPicture(async (page) => {
		await page.keyboard.press("/");
		await page.keyboard.type("bfd_section_from_shdr");
		const { rows, total } = readJson("exact-live-function");
		const row = rows.find((r) => r.function === "bfd_section_from_shdr");
		const share = (100 * row.cumulative.value) / total.value;
		const text = await page.locator("text", { hasText: "% match" }).innerHTML();
		const shown = Number.parseFloat(text);
		assert.ok(Math.abs(shown - share) < 0.3, `${shown}%, not ${share}%`);
		assert.ok((await page.locator(".hit").count()) > 0);
		await page.keyboard.press("Escape");
		assert.equal(await page.locator(".hit, .miss").count(), 0);
	}));

test("without scripts it is a picture", () =>
	withPicture(
		async (page) => {
			assert.ok((await page.locator("g rect").count()) > 50);
			assert.equal(await page.locator("input, foreignObject").count(), 0);
		},
		{ javaScriptEnabled: false },
	));
