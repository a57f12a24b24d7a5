// SPDX-License-Identifier: MIT

// Questions to the data: figures of each trace at a moment, over a span of
// time, or as the difference of two of these.
//
// A moment or span is [i, j], numbers of instants; a moment has i = j.  What
// is live is asked of moments, what was done of spans: up to a moment that is
// all since the start.  Trace 0 here is the rest: what the page has by no
// trace, which is the sum of the snapshot less all that it has.

import { readSplit, tracksOfThread } from "./data.js";
import { estimate } from "./number.js";

export const METRICS = {
	live: { title: "Live bytes", unit: "bytes", stock: true },
	"live-count": { title: "Live blocks", unit: "count", stock: true },
	allocated: { title: "Allocated bytes", unit: "bytes", of: "allocated" },
	count: { title: "Allocations", unit: "count", of: "allocated" },
	freed: { title: "Freed bytes", unit: "bytes", of: "freed" },
};

const PARTS = ["bytes", "count", "bytesVar", "countVar"];

// Columns of doubles, as sums of many are taken of them.
export class Figures {
	constructor(n) {
		for (const part of PARTS) this[part] = new Float64Array(n);
		this.n = n;
	}

	at(i) {
		return PARTS.map((part) => this[part][i]);
	}

	// Adds @sign times what @sums has at @k.
	add(i, sums, k, sign = 1) {
		this.bytes[i] += sign * sums.bytes[k];
		this.count[i] += sign * sums.count[k];
		this.bytesVar[i] += sign * sums.bytesVar[k];
		this.countVar[i] += sign * sums.countVar[k];
	}

	set(i, sum) {
		PARTS.forEach((part, k) => {
			this[part][i] = sum[k];
		});
	}
}

// What each trace did over the run.
function totalsOf(tracks, n) {
	const totals = { allocated: new Figures(n), freed: new Figures(n) };
	for (let t = 0; t < n; t++)
		if (tracks.first[t + 1] > tracks.first[t])
			for (const [key, sums] of Object.entries(totals))
				sums.add(t, tracks[key], tracks.first[t + 1] - 1);
	return totals;
}

// The sums of all traces at each instant.
function addUpInstants({ traces, instants }, tracks) {
	const { n, time } = instants;
	const sums = {
		live: new Figures(n),
		allocated: new Figures(n),
		freed: new Figures(n),
	};
	for (let t = 0; t < traces.n; t++)
		for (let k = tracks.first[t]; k < tracks.first[t + 1]; k++) {
			const isLast = k + 1 === tracks.first[t + 1];
			const to = isLast ? n : tracks.snapshot[k + 1];
			for (let i = tracks.snapshot[k]; i < to; i++)
				for (const [key, figures] of Object.entries(sums))
					figures.add(i, tracks[key], k);
		}
	const errors = (unit) =>
		Float64Array.from(time, (_, i) => estimate(sums.live.at(i), unit).error);
	return {
		n,
		time,
		...sums,
		bytesError: errors("bytes"),
		countError: errors("count"),
		most: sums.live.bytes,
		rss: new Float64Array(n),
	};
}

export class Profile {
	constructor(data) {
		Object.assign(this, data);
		this.last = this.instants.n - 1;
	}

	// With stacks, where those are known.
	get hasSplit() {
		return this.hasThreads && this.split !== null;
	}

	// All of this as if there were no other thread, by its number.
	ofThread(thread) {
		this.parts ??= readSplit(this.split, this.about, this.traces.n);
		const tracks = tracksOfThread(this.parts, thread, this.traces.n);
		return new Profile({
			...this,
			tracks,
			traces: { ...this.traces, ...totalsOf(tracks, this.traces.n) },
			instants: addUpInstants(this, tracks),
		});
	}

	// They are known for the whole run only.
	get hasThreads() {
		return this.about.threads.length > 0 && !this.about.ranged;
	}

	get isEmpty() {
		return this.instants.n === 0 || !this.instants.most.some((x) => x > 0);
	}

	// The change of @trace that holds at instant @i; -1: none yet.
	change(trace, i) {
		const { first, snapshot } = this.tracks;
		let low = first[trace];
		let high = first[trace + 1];
		while (low < high) {
			const middle = (low + high) >> 1;
			if (snapshot[middle] <= i) low = middle + 1;
			else high = middle;
		}
		return low > first[trace] ? low - 1 : -1;
	}

	liveAt(i) {
		const { traces, tracks, instants } = this;
		const out = new Figures(traces.n + 1);
		for (let t = 0; t < traces.n; t++) {
			const k = this.change(t, i);
			if (k >= 0) out.add(t + 1, tracks.live, k);
		}
		out.add(0, instants.live, i);
		return this.leaveRest(out);
	}

	// What was done after instant @i, up to @j; @i -1: since the start.
	doneIn(of, i, j) {
		const { traces, tracks, instants, about } = this;
		const sums = tracks[of];
		const out = new Figures(traces.n + 1);
		out.add(0, instants[of], j);
		if (i >= 0) out.add(0, instants[of], i, -1);
		if (i < 0 && j === this.last && !about.ranged) {
			// Of the whole run, traces are never among the rest.
			for (let t = 0; t < traces.n; t++) out.add(t + 1, traces[of], t);
			return this.leaveRest(out);
		}
		for (let t = 0; t < traces.n; t++) {
			const to = this.change(t, j);
			const from = i < 0 ? -1 : this.change(t, i);
			if (to >= 0) out.add(t + 1, sums, to);
			if (from >= 0) out.add(t + 1, sums, from, -1);
		}
		return this.leaveRest(out);
	}

	// From the sum of all in out[0] to what no trace has.
	leaveRest(out) {
		out.total = out.at(0);
		for (let t = 1; t < out.n; t++) out.add(0, out, t, -1);
		out.bytesVar[0] = Math.max(out.bytesVar[0], 0);
		out.countVar[0] = Math.max(out.countVar[0], 0);
		// The page has whole bytes, each at most half of one off.
		const rounding = this.about.count_scale > 1 ? out.n : 0;
		if (
			Math.abs(out.bytes[0]) <= rounding &&
			Math.abs(out.count[0]) <= rounding / this.about.count_scale
		)
			for (const part of PARTS) out[part][0] = 0;
		return out;
	}

	// What is done in a span is what comes after its first instant; in a
	// moment, all up to it.
	begin([i, j]) {
		if (i !== j && i > 0) return i;
		return this.about.ranged ? 0 : -1;
	}

	// The figures of each trace, and of all of them, errors included.
	figures(metric, span) {
		const { unit, stock, of } = METRICS[metric];
		const out = stock
			? this.liveAt(span[1])
			: this.doneIn(of, this.begin(span), span[1]);
		out.whole = stock
			? this.liveTotal(unit, span[1])
			: estimate(out.total, unit);
		return out;
	}

	// With the error of having chosen the peak, where it is that.
	liveTotal(unit, i) {
		const { live, bytesError, countError } = this.instants;
		return unit === "bytes"
			? { value: live.bytes[i], error: bytesError[i] }
			: { value: live.count[i], error: countError[i] };
	}
}
