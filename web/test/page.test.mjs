// SPDX-License-Identifier: MIT

// The page in a browser: what it shows, and what can be done with it.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, open, parsePrecise, settle } from "./browser.mjs";
import { isClose, readJson } from "./read.mjs";

let browser;

before(async () => {
	browser = await launch();
});

after(() => browser.close());

async function figureOf(page, selector) {
	return parsePrecise(await page.locator(selector).getAttribute("title"));
}

function assertClose(a, b, what) {
	assert.ok(isClose(a, b), `${what}: ${a}, not ${b}`);
}

// The first figure of each row, by function.
async function readTable(page) {
	const rows = await page.$$eval("#table tbody tr", (list) =>
		list.map((tr) => [
			tr.querySelector(".name .label").textContent,
			[...tr.querySelectorAll("td.number")].map((td) => td.title),
		]),
	);
	return rows.map(([name, titles]) => [name, titles.map(parsePrecise)]);
}

// Somewhere on the plot, as a part of its width.
async function plotPoint(page, part) {
	const box = await page.locator("#time .u-over").boundingBox();
	return [box.x + part * box.width, box.y + box.height / 2];
}

async function clickPlot(page, part) {
	await page.mouse.click(...(await plotPoint(page, part)));
	await settle(page);
}

async function dragPlot(page, from, to) {
	await page.mouse.move(...(await plotPoint(page, from)));
	await page.mouse.down();
	await page.mouse.move(...(await plotPoint(page, (from + to) / 2)));
	await page.mouse.move(...(await plotPoint(page, to)));
	await page.mouse.up();
	await settle(page);
}

function spanOf(page) {
	const at = new URL(page.url()).hash.match(/at=(\d+)(?:-(\d+))?/);
	return [Number(at[1]), Number(at[2] ?? at[1])];
}

for (const name of ["exact", "sampled"])
	test(`${name}: opens at the peak`, async () => {
		const { page, close } = await open(browser, name);
		const report = readJson(`${name}-live-function`);
		const shown = await figureOf(page, "#chosen .chosen");
		assertClose(shown.value, report.total.value, "peak");
		assertClose(shown.error, report.total.error, "its error");
		const rows = await readTable(page);
		report.rows
			.filter((row) => row.self.value > 0)
			.slice(0, 20)
			.forEach((row, i) => {
				assertClose(rows[i][1][0].value, row.self.value, `row ${i}`);
				assertClose(rows[i][1][0].error, row.self.error, `row ${i}`);
				assertClose(rows[i][1][1].value, row.cumulative.value, `row ${i}`);
			});
		const figures = await page.locator("#header").innerText();
		assert.equal(figures.includes("±"), name === "sampled");
		assert.match(figures, /47,\d\d\d allocations|allocations of/);
		await close();
	});

test("opens fast", async (t) => {
	const { page, close } = await open(browser, "exact");
	const ms = await page.evaluate(() => performance.now());
	t.diagnostic(`shown after ${ms.toFixed(0)} ms`);
	await close();
});

test("a click chooses a moment, a drag a span", async () => {
	const { page, close } = await open(browser, "exact");
	await clickPlot(page, 0.25);
	const [i, j] = spanOf(page);
	assert.equal(i, j);
	const early = await figureOf(page, "#chosen .chosen");
	const peak = readJson("exact-live-function").total.value;
	assert.ok(early.value > 0 && early.value < peak);
	await dragPlot(page, 0.25, 0.75);
	const [from, to] = spanOf(page);
	assert.ok(from < to);
	// What is live grew by as much as the two ends differ.
	const after = await figureOf(page, "#chosen .chosen");
	const held = await figureOf(page, "#chosen .held");
	const change = await figureOf(page, "#chosen .change");
	assert.equal(held.value, early.value);
	assertClose(change.value, after.value - early.value, "change");
	await page.click("label[for=metric-allocated]");
	await settle(page);
	assert.match(
		await page.locator("#chosen").innerText(),
		/allocated bytes in that time/,
	);
	await close();
});

test("a span can be stretched over the plot", async () => {
	const { page, close } = await open(browser, "exact");
	assert.ok(await page.locator("#stretch").isDisabled());
	await dragPlot(page, 0.25, 0.75);
	const [from, to] = spanOf(page);
	await page.keyboard.press("z");
	await settle(page);
	await dragPlot(page, 0.02, 0.98);
	const [i, j] = spanOf(page);
	assert.ok(i >= from && j <= to && j - i >= (to - from) * 0.9 - 2);
	assert.equal(await page.locator("#time .mark:visible").count(), 0);
	await page.keyboard.press("Escape");
	await settle(page);
	await dragPlot(page, 0.02, 0.98);
	const whole = spanOf(page);
	assert.ok(whole[0] < from && whole[1] > to);
	await close();
});

test("a second moment makes a comparison", async () => {
	const { page, close } = await open(browser, "sampled");
	await page.click("#hold");
	await clickPlot(page, 0.3);
	const rows = await readTable(page);
	const report = readJson("sampled-live-function");
	const most = report.rows.find((row) => row.self.value > 0);
	const row = rows.find(([name]) => name === most.function);
	const [change, held, now] = row[1];
	assertClose(held.value, most.self.value, "before");
	assertClose(change.value, now.value - held.value, "change");
	assert.ok((await page.locator("#flame .frame[class*=down]").count()) > 3);
	assert.equal(await page.locator("#flame .frame[class*=tint]").count(), 0);
	const doubtful = page.locator("#table td.doubtful");
	for (const title of await doubtful.evaluateAll((l) =>
		l.map((e) => e.title),
	)) {
		const e = parsePrecise(title);
		assert.ok(e.error >= Math.abs(e.value), title);
	}
	await page.click("#hold");
	await settle(page);
	assert.equal(await page.locator("#chosen .held").count(), 0);
	// With Shift, the same in one go.
	await page.keyboard.down("Shift");
	await clickPlot(page, 0.8);
	await page.keyboard.up("Shift");
	assert.equal(await page.locator("#chosen .held").count(), 1);
	await close();
});

test("the flame graph zooms in and back", async () => {
	const { page, close } = await open(browser, "exact");
	const frame = (name) =>
		page.locator("#flame .frame", { hasText: new RegExp(`^${name}$`) });
	const target = frame("bfd_check_format_matches").first();
	const before = (await target.boundingBox()).width;
	await target.hover();
	assert.match(
		await page.locator("#flame-info").innerText(),
		/bfd_check_format_matches[\s\S]*MiB[\s\S]*%/,
	);
	await target.click();
	await settle(page);
	const whole = (await page.locator("#flame").boundingBox()).width;
	const zoomed = (await target.boundingBox()).width;
	assert.ok(zoomed > before && Math.abs(zoomed - whole) < 2);
	await page.click("#back");
	await settle(page);
	assert.ok(Math.abs((await target.boundingBox()).width - before) < 2);
	await target.click();
	await settle(page);
	for (let i = 0; i < 30; i++) await page.keyboard.press("Escape");
	await settle(page);
	assert.ok(Math.abs((await target.boundingBox()).width - before) < 2);
	await close();
});

test("a search marks what it finds", async () => {
	const { page, close } = await open(browser, "exact");
	await page.keyboard.press("/");
	await page.keyboard.type("elf");
	await settle(page);
	const { rows } = readJson("exact-elf");
	const sum = rows.reduce((s, row) => s + row.self.value, 0);
	const share = (100 * sum) / readJson("exact-live-function").total.value;
	const text = await page.locator("#matched").innerText();
	assert.ok(text.includes(`(${share.toFixed(1)}%)`), `${text}: ${share}`);
	for (const part of ["#flame .frame", "#table tr", "#flow .node"])
		assert.ok((await page.locator(`${part}.hit`).count()) > 0, part);
	await page.keyboard.press("Escape");
	await settle(page);
	assert.equal(await page.locator(".hit").count(), 0);
	await page.fill("#find", "no such name");
	await settle(page);
	assert.equal(await page.locator("#matched").innerText(), "no match");
	await close();
});

test("a place has its callers and callees", async () => {
	const { page, close } = await open(browser, "exact");
	await page
		.locator("#table button.place", { hasText: /^objalloc_create$/ })
		.click();
	await settle(page);
	assert.equal(
		await page.locator("#sandwich-name").innerText(),
		"objalloc_create",
	);
	const { rows } = readJson("exact-live-function");
	const row = rows.find((r) => r.function === "objalloc_create");
	const mib = (row.cumulative.value / 1048576).toFixed(1);
	assert.match(
		await page.locator("#sandwich-figure").innerText(),
		new RegExp(`^${mib} MiB`),
	);
	assert.ok((await page.locator("#callers .frame").count()) > 5);
	const root = page.locator("#callees .frame").first();
	assert.equal(await root.innerText(), "objalloc_create");
	await page.locator("#flow .node rect").first().click();
	await settle(page);
	assert.notEqual(
		await page.locator("#sandwich-name").innerText(),
		"objalloc_create",
	);
	await close();
});

test("everything can be done with keys", async () => {
	const { page, close } = await open(browser, "exact", { hash: "#at=50" });
	await page.focus("#time");
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("ArrowLeft");
	await settle(page);
	assert.deepEqual(spanOf(page), [48, 48]);
	await page.keyboard.press("Shift+ArrowRight");
	await settle(page);
	assert.deepEqual(spanOf(page), [48, 49]);
	await page.keyboard.press("Home");
	await page.keyboard.press("h");
	await page.keyboard.press("p");
	await settle(page);
	assert.equal(await page.locator("#chosen .held").count(), 1);
	await page.focus("#flame");
	for (const key of ["Down", "Down", "Down"])
		await page.keyboard.press(`Arrow${key}`);
	const focused = await page.locator("#flame .focused").innerText();
	assert.match(await page.locator("#flame-info").innerText(), /MiB/);
	await page.keyboard.press("Enter");
	await settle(page);
	assert.equal(
		await page.locator("#flame .frame:not(.above)").first().innerText(),
		focused,
	);
	const outline = await page.$eval(
		"#flame",
		(e) => getComputedStyle(e).outlineStyle,
	);
	assert.notEqual(outline, "none");
	await close();
});

test("Tab reaches all controls, one after the other", async () => {
	const { page, close } = await open(browser, "exact");
	const seen = new Set();
	for (let i = 0; i < 30; i++) {
		await page.keyboard.press("Tab");
		seen.add(await page.evaluate(() => document.activeElement.id));
	}
	for (const id of ["theme", "time", "hold", "back", "find", "flame"])
		assert.ok(seen.has(id), id);
	await close();
});

test("an address brings one back to what it shows", async () => {
	const hash = "#at=3&hold=9&metric=count&by=module&find=libbfd";
	const { page, close } = await open(browser, "exact", { hash });
	assert.ok(await page.locator("#metric-count").isChecked());
	assert.ok(await page.locator("#by-module").isChecked());
	assert.equal(await page.inputValue("#find"), "libbfd");
	assert.equal(await page.locator("#chosen .held").count(), 1);
	await close();
	const bad = await open(browser, "exact", {
		hash: "#at=99999&hold=x&metric=constructor&by=2&zoom=1e9&place=99999",
	});
	assert.ok(await bad.page.locator("#metric-live").isChecked());
	assert.ok((await bad.page.locator("#flame .frame").count()) > 10);
	await bad.close();
});

test("names are text, whatever is in them", async () => {
	const { page, close } = await open(browser, "hostile");
	for (const name of [
		"</script><img src=x onerror=alert(1)>",
		'"><svg/onload=alert(2)>',
		"<!--DATA--><script>",
	])
		assert.ok(
			(await page.locator("#table .place", { hasText: name }).count()) > 0,
			name,
		);
	assert.equal(
		await page.locator("#header .command").innerText(),
		"</script><script>alert(3)",
	);
	assert.equal(
		await page.locator("#time .mark.named").innerText(),
		"</script><img src=x onerror=alert(1)>",
	);
	assert.equal(await page.locator("img, b b, i *").count(), 0);
	assert.equal(await page.locator("script").count(), 1);
	const text = await page.locator("#table").innerText();
	assert.ok(!/[\u2028\u202e]/.test(text));
	await close();
});

for (const colorScheme of ["light", "dark"])
	for (const width of [1400, 400])
		test(`fits ${width} pixels, ${colorScheme}`, async () => {
			const { page, close } = await open(browser, "sampled", {
				width,
				colorScheme,
			});
			const needed = await page.evaluate(
				() => document.documentElement.scrollWidth,
			);
			assert.ok(needed <= width, `${needed} pixels`);
			const ground = () =>
				page.evaluate(() => getComputedStyle(document.body).backgroundColor);
			const dark = async () => {
				const [r] = /\d+/.exec(await ground());
				return Number(r) < 128;
			};
			assert.equal(await dark(), colorScheme === "dark");
			await page.click("#theme");
			assert.equal(await dark(), colorScheme !== "dark");
			await close();
		});

test("threads have their figures", async () => {
	const { page, close } = await open(browser, "threads");
	assert.ok(await page.locator("#by-thread").isChecked());
	assert.ok(await page.locator("#flame").isHidden());
	const { rows } = readJson("threads-live");
	assert.ok((await page.locator("#threads tbody tr").count()) > rows.length);
	assert.match(
		await page.locator("#threads .hint").innerText(),
		/of 2\d\d thr/,
	);
	const first = page.locator("#threads tbody tr").first();
	assert.match(await first.innerText(), new RegExp(rows[0].thread));
	const title = await first.locator("td.number").first().getAttribute("title");
	const { value, error } = parsePrecise(title);
	assertClose(value, rows[0].self.value, "the heaviest");
	assertClose(error, rows[0].self.error, "its error");
	await page.fill("#find", "worker-7");
	await settle(page);
	assert.equal(await page.locator("#threads tbody tr").count(), 1);
	await page.locator("#threads button.place").click();
	await settle(page);
	assert.ok(await page.locator("#flame").isVisible());
	const picked = rows.find((row) => row.thread === "worker-7");
	const own = await figureOf(page, "#chosen .chosen");
	assertClose(own.value, picked.self.value, "worker-7");
	assertClose(own.error, picked.self.error, "its error");
	await page.selectOption("#thread", { label: "all" });
	await settle(page);
	const all = await figureOf(page, "#chosen .chosen");
	const { total } = readJson("threads-live");
	assertClose(all.value, total.value, "all");
	await close();
	// Of a part of the run, there is nothing to say of threads.
	const part = await open(browser, "part");
	assert.equal(await part.page.locator("#by-thread").count(), 0);
	assert.ok(await part.page.locator("#of-thread").isHidden());
	await part.close();
});

test("a page begins with what was asked for", async () => {
	const { page, close } = await open(browser, "flame");
	const box = (selector) => page.locator(selector).boundingBox();
	const { y: top } = await box("#flame-title");
	const { height } = await box(".controls");
	assert.ok(top >= height && top < 200, `the flame graph is at ${top}`);
	assert.ok(await page.locator("#order-sites").isChecked());
	const change = await figureOf(page, "#chosen .change");
	const report = readJson("flame");
	assertClose(change.value, report.total.value, "change");
	const [row] = report.rows.sort(
		(a, b) => Math.abs(b.change.value) - Math.abs(a.change.value),
	);
	const [name, [first]] = (await readTable(page))[0];
	assert.equal(name, row.function);
	assertClose(first.value, row.change.value, "the largest change");
	// Released, it stays so.
	await page.click("#hold");
	await page.reload();
	await page.waitForSelector("html[data-ready]");
	assert.equal(await page.locator("#chosen .held").count(), 0);
	await close();
	const line = await open(browser, "line");
	assert.ok(await line.page.locator("#by-line").isChecked());
	assert.ok(await line.page.locator("#metric-allocated").isChecked());
	assert.deepEqual(
		(await figureOf(line.page, "#chosen .chosen")).value,
		readJson("exact-allocated-line").total.value,
	);
	await line.close();
});

test("the plot shows who holds the heap, over time", async () => {
	const { page, close } = await open(browser, "sampled");
	const row = page.locator("#legend .curve", { hasText: "objalloc_create" });
	assert.equal(await row.count(), 0);
	await page.click("label[for=split-yes]");
	await settle(page);
	const { rows } = readJson("sampled-live-function");
	const wanted = rows.find((r) => r.function === "objalloc_create").self;
	const shown = await row.locator(".value").innerText();
	assert.ok(shown.startsWith((wanted.value / 2 ** 20).toFixed(1)), shown);
	assert.match(shown, /MiB ±\d+%/);
	// At the bottom is the largest, the first of the colours.
	const pixel = await page.$eval("#time canvas", (c) => [
		...c.getContext("2d").getImageData(c.width * 0.8, c.height * 0.7, 1, 1)
			.data,
	]);
	assert.deepEqual(pixel, [0x5a, 0xa3, 0xd0, 0xff]);
	await row.click();
	await settle(page);
	assert.equal(
		await page.locator("#sandwich-name").innerText(),
		"objalloc_create",
	);
	await page.click("label[for=split-no]");
	await settle(page);
	assert.equal(await row.count(), 0);
	await close();
});

test("the flame graph begins with who allocates, if asked", async () => {
	const { page, close } = await open(browser, "exact");
	await page.click("label[for=order-sites]");
	await settle(page);
	const { rows, total } = readJson("exact-live-function");
	const most = rows.reduce((a, b) => (b.self.value > a.self.value ? b : a));
	const frame = page.locator(
		`#flame .frame[aria-level="2"][aria-label="${most.function}"]`,
	);
	const whole = (await page.locator("#flame").boundingBox()).width;
	const { width } = await frame.boundingBox();
	const share = most.self.value / total.value;
	assert.ok(Math.abs(width / whole - share) < 0.01, `${width} of ${whole}`);
	await close();
});

test("a page that leaves something out says what", async () => {
	const { page, close } = await open(browser, "many");
	const [shown] = await page.locator("#header .wide dd").allInnerTexts();
	assert.match(shown, /this page has 40\d of [\d,]+ snapshots/);
	await close();
	const focus = await open(browser, "focus");
	const [left] = await focus.page.locator("#header .wide dd").allInnerTexts();
	assert.match(left, /no stacks that --focus or --ignore leave out/);
	await focus.close();
});

test("a run without allocations says so", async () => {
	const { page, close } = await open(browser, "nothing");
	assert.match(await page.locator("main").innerText(), /Nothing was recorded/);
	await close();
});
