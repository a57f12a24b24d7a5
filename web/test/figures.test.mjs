// SPDX-License-Identifier: MIT

// The figures behind the page are those of the reports, and add up.

import assert from "node:assert/strict";
import test from "node:test";
import { difference } from "../src/difference.js";
import { flow } from "../src/flow.js";
import { Grouping } from "../src/grouping.js";
import { makeLayers } from "../src/layers.js";
import { estimate } from "../src/number.js";
import { METRICS } from "../src/profile.js";
import { sandwich } from "../src/sandwich.js";
import { findMatches } from "../src/search.js";
import { readThreads } from "../src/threads.js";
import { View } from "../src/view.js";
import { isClose, readJson, readProfile } from "./read.mjs";

const PROFILES = ["exact", "sampled", "hostile"];
const BY = ["function", "line", "module"];

function atPeak(profile) {
	const { peak } = profile.about;
	return [peak, peak];
}

function nearest(profile, seconds) {
	const { time } = profile.instants;
	let i = time.findIndex((t) => t > seconds);
	if (i < 0) i = time.length;
	return Math.max(i - 1, 0);
}

function assertClose(a, b, what) {
	assert.ok(isClose(a, b), `${what}: ${a}, not ${b}`);
}

function assertEstimate(got, want, what) {
	assertClose(got.value, want.value, what);
	assertClose(got.error, want.error, `${what}, error`);
}

// The rows of a report are those of the page, each figure and its error.
function compareRows(profile, by, view, report, what) {
	const grouping = new Grouping(profile, by);
	const { self, cumulative } = grouping.bySite(view.a);
	const rows = [];
	for (let k = 2; k < self.n; k++) {
		const e = view.estimate(self.at(k));
		const c = view.estimate(cumulative.at(k));
		if (e.value || c.value) rows.push([e, c]);
	}
	const keys = ([e, c]) => [e.value, c.value, e.error, c.error].map(Math.round);
	const order = (a, b) => {
		const [x, y] = [keys(a), keys(b)];
		const k = x.findIndex((value, i) => value !== y[i]);
		return k < 0 ? 0 : y[k] - x[k];
	};
	const wanted = report.rows
		.map((row) => [row.self, row.cumulative])
		.sort(order);
	rows.sort(order);
	assert.equal(rows.length, wanted.length, `${what}: rows`);
	rows.forEach(([e, c], i) => {
		assertEstimate(e, wanted[i][0], `${what}, row ${i}`);
		assertEstimate(c, wanted[i][1], `${what}, row ${i}, cumulative`);
	});
	assertEstimate(view.a.whole, report.total, `${what}, total`);
	return rows.length;
}

for (const name of PROFILES) {
	test(`${name}: tables`, () => {
		const profile = readProfile(name);
		for (const metric of Object.keys(METRICS)) {
			const span = METRICS[metric].stock ? atPeak(profile) : [0, profile.last];
			const view = new View(profile, { metric, span, hold: null });
			for (const by of BY) {
				const what = `${name}-${metric}-${by}`;
				const nr = compareRows(profile, by, view, readJson(what), what);
				assert.ok(nr > 0 || metric === "freed", what);
			}
		}
	});

	test(`${name}: other times`, () => {
		const profile = readProfile(name);
		const at = (i) => ({ metric: "live", span: [i, i], hold: null });
		const end = new View(profile, at(profile.last));
		const early = new View(profile, at(nearest(profile, 0.05)));
		compareRows(profile, "function", end, readJson(`${name}-end`), "end");
		if (name !== "hostile")
			compareRows(
				profile,
				"function",
				early,
				readJson(`${name}-early`),
				"early",
			);
	});

	test(`${name}: summary`, () => {
		const { about, instants, last } = readProfile(name);
		const summary = readJson(`${name}-summary`);
		const live = (i) => ({
			value: instants.live.bytes[i],
			error: instants.bytesError[i],
		});
		assertEstimate(live(about.peak), summary.peak.bytes, "peak");
		assertEstimate(live(last), summary.end.bytes, "end");
		assert.equal(instants.time[about.peak], summary.peak.time_s);
		assert.deepEqual(about.program, summary.program);
		assert.deepEqual(about.sampling, summary.sampling);
		assert.deepEqual(about.events, summary.events);
		assert.equal(about.seen_bytes, summary.allocated.bytes.value);
	});

	test(`${name}: parts of a span`, () => {
		const profile = readProfile(name);
		const { last } = profile;
		for (const of of ["allocated", "freed"]) {
			const middle = last >> 1;
			const whole = profile.doneIn(of, 0, last);
			const a = profile.doneIn(of, 0, middle);
			const b = profile.doneIn(of, middle, last);
			for (let t = 0; t < whole.n; t++)
				assertClose(
					a.bytes[t] + b.bytes[t],
					whole.bytes[t],
					`${of}, trace ${t}`,
				);
		}
	});

	test(`${name}: trees add up`, () => {
		const profile = readProfile(name);
		for (const by of BY) {
			const grouping = new Grouping(profile, by);
			const view = new View(profile, {
				metric: "live",
				span: atPeak(profile),
				hold: [1, 1],
			});
			const weights = view.weigh(grouping.tree, grouping.nodeOfTrace);
			assertClose(weights.value(0).value, view.a.whole.value, "after");
			assertClose(weights.before(0).value, view.b.whole.value, "before");
			assertClose(weights.change(0).value, view.d.whole.value, "change");
			assert.ok(weights.width[0] >= weights.a.bytes[0]);
		}
	});

	test(`${name}: flow adds up`, () => {
		const profile = readProfile(name);
		const grouping = new Grouping(profile, "function");
		for (const i of [profile.about.peak, profile.last, profile.last >> 1])
			for (const hold of [null, [1, 1]]) {
				const view = new View(profile, {
					metric: "live",
					span: [i, i],
					hold,
				});
				const graph = flow(view, grouping);
				assert.equal(graph.nodes.length > 0, graph.whole > 0);
				for (const node of graph.nodes) checkNode(node);
			}
	});

	test(`${name}: callers and callees`, () => {
		const profile = readProfile(name);
		const grouping = new Grouping(profile, "function");
		const view = new View(profile, {
			metric: "live",
			span: atPeak(profile),
			hold: null,
		});
		const { cumulative } = grouping.bySite(view.a);
		for (let group = 0; group < grouping.places.length; group++) {
			const want = cumulative.bytes[group + 3];
			for (const weights of sandwich(view, grouping, group))
				assertClose(weights.a.bytes[0], want, `${grouping.place(group).name}`);
		}
	});
}

function checkNode({
	entry,
	local,
	droppedIn,
	droppedOut,
	cumulative,
	...node
}) {
	for (const part of ["a", "b"]) {
		const sum = (edges) => edges.reduce((s, e) => s + e.flow[part][0], 0);
		const come = entry[part][0] + droppedIn[part][0] + sum(node.in);
		const go = local[part][0] + droppedOut[part][0] + sum(node.out);
		assertClose(come, go, "in and out");
		assert.ok(come <= cumulative[part][0] + 1, "no more than there is");
	}
}

test("a part of the run", () => {
	const profile = readProfile("part");
	const span = [profile.last, profile.last];
	const view = new View(profile, { metric: "allocated", span, hold: null });
	compareRows(profile, "function", view, readJson("part-allocated"), "part");
});

test("a span is what the report of it has", () => {
	for (const name of ["exact", "sampled"]) {
		const profile = readProfile(name);
		const i = nearest(profile, 0.05);
		const { time } = profile.instants;
		let j = nearest(profile, 0.1);
		// A fast machine may be done by then.
		if (time[j] < 0.1 && j < profile.last) j++;
		const view = new View(profile, {
			metric: "allocated",
			span: [i, j],
			hold: null,
		});
		const report = readJson(`${name}-part`);
		assert.equal(time[i], report.from_s);
		assert.equal(time[j], report.at_s);
		compareRows(profile, "function", view, report, `${name}, a span`);
	}
});

test("a long run has fewer snapshots, and the same figures", () => {
	const profile = readProfile("many");
	const { about, instants, last } = profile;
	const [shown, all] = about.nr_instants;
	assert.ok(shown < all && shown >= 400, `${shown} of ${all}`);
	assert.equal(instants.n, shown);
	const summary = readJson("many-summary");
	assert.equal(instants.time[0], 0);
	assert.equal(instants.time[about.peak], summary.peak.time_s);
	assert.equal(instants.time[last], summary.end.time_s);
	assertClose(
		instants.allocated.bytes[last],
		summary.allocated.bytes.value,
		"allocated",
	);
	assert.equal(Math.max(...instants.most), summary.peak.bytes.value);
	const span = atPeak(profile);
	const view = new View(profile, { metric: "live", span, hold: null });
	const report = readJson("many-live-function");
	compareRows(profile, "function", view, report, "peak");
	// What happened in snapshots that are left out is in the next one.
	const done = profile.doneIn("allocated", 0, last);
	const sum = done.bytes.reduce((s, x) => s + x, 0);
	assertClose(sum, summary.allocated.bytes.value, "sum");
});

test("what is looked for is what --focus finds", () => {
	for (const name of ["exact", "sampled"]) {
		const profile = readProfile(name);
		const grouping = new Grouping(profile, "line");
		const span = atPeak(profile);
		const view = new View(profile, { metric: "live", span, hold: null });
		const found = findMatches(view, grouping, "ELF");
		const { rows } = readJson(`${name}-elf`);
		const sum = rows.reduce((s, row) => s + row.self.value, 0);
		assert.ok(sum > 0);
		assertClose(found.estimate.value, sum, name);
	}
});

test("--focus leaves the totals as they are", () => {
	const profile = readProfile("focus");
	const whole = readProfile("exact");
	assert.ok(profile.about.nr_hidden > 0);
	assert.ok(profile.traces.n < whole.traces.n);
	const span = atPeak(profile);
	const view = new View(profile, { metric: "live", span, hold: null });
	assert.ok(view.a.bytes[0] > 0);
	const sum = view.a.bytes.reduce((s, x) => s + x, 0);
	assertClose(sum, view.a.whole.value, "sum");
});

test("differences are as certain as what happened in between", () => {
	const profile = readProfile("sampled");
	const { last } = profile;
	const a = profile.figures("live", [last, last]);
	const b = profile.figures("live", [last - 1, last - 1]);
	const d = difference(profile, "live", a, [last, last], b, [
		last - 1,
		last - 1,
	]);
	const apart = Math.hypot(
		estimate(a.total, "bytes").error,
		estimate(b.total, "bytes").error,
	);
	assertClose(d.whole.value, a.whole.value - b.whole.value, "change");
	assert.ok(d.whole.error < apart / 2, `${d.whole.error} < ${apart}`);
	const exact = readProfile("exact");
	const view = new View(exact, {
		metric: "live",
		span: [exact.last, exact.last],
		hold: [1, 1],
	});
	assert.equal(view.d.whole.error, 0);
});

test("layers are what the table has, and add up to all", () => {
	for (const name of PROFILES) {
		const profile = readProfile(name);
		const grouping = new Grouping(profile, "function");
		const layers = makeLayers(profile, grouping);
		const { instants } = profile;
		assert.ok(layers.length > 1, name);
		for (const i of [0, 30, profile.about.peak, profile.last]) {
			const sum = layers.reduce((s, l) => s + l.figures.bytes[i], 0);
			assertClose(sum, instants.live.bytes[i], `${name} at ${i}`);
			const { self } = grouping.bySite(profile.figures("live", [i, i]));
			for (const { group, figures } of layers)
				if (group !== null)
					assertEstimate(
						estimate(figures.at(i), "bytes"),
						estimate(self.at(group + 3), "bytes"),
						`${name} at ${i}, ${group}`,
					);
		}
	}
});

test("threads are those of the report", () => {
	const { about } = readProfile("threads");
	const threads = new Map(readThreads(about.threads).map((t) => [t.tid, t]));
	const check = (name, key, unit) => {
		const { rows } = readJson(`threads-${name}`);
		assert.ok(rows.length > 8, name);
		for (const row of rows) {
			const e = estimate(threads.get(row.tid)[key], unit);
			assertEstimate(e, row.self, `${name}, thread ${row.tid}`);
		}
	};
	check("live", "peak", "bytes");
	check("live-count", "peak", "count");
	check("end", "end", "bytes");
	check("allocated", "allocated", "bytes");
	check("count", "allocated", "count");
	check("freed", "freed", "bytes");
});

test("of one thread is what the report says of it", () => {
	const profile = readProfile("threads");
	const { about, last } = profile;
	assert.ok(profile.hasSplit);
	const threads = readThreads(about.threads);
	const most = threads.slice(0, 9);
	for (const { tid, number } of most) {
		const part = profile.ofThread(number);
		const check = (name, metric, span) => {
			const { rows } = readJson(`threads-${name}`);
			const row = rows.find((r) => r.tid === tid);
			const { whole } = part.figures(metric, span);
			if (row) assertEstimate(whole, row.self, `${name} of ${tid}`);
			else assert.equal(whole.value, 0, `${name} of ${tid}`);
		};
		check("end", "live", [last, last]);
		check("live", "live", atPeak(profile));
		check("allocated", "allocated", [0, last]);
		check("count", "count", [0, last]);
	}
	// All of them have what there is.
	for (const i of [1, 20, about.peak, last]) {
		const sum = threads.reduce(
			(s, { number }) => s + profile.ofThread(number).instants.live.bytes[i],
			0,
		);
		assertClose(sum, profile.instants.live.bytes[i], `at ${i}`);
	}
	assert.ok(!readProfile("part").hasSplit && !readProfile("exact").hasSplit);
});

test("a run without allocations", () => {
	assert.ok(readProfile("nothing").isEmpty);
});
