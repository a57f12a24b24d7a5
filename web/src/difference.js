// SPDX-License-Identifier: MIT

// What changed from one moment or span to another, and how certain that is.
//
// Two estimates that have most of their samples in common differ by far less
// than their errors say.  The variance of a difference is at most that of
// what happened in between: what was allocated and what was freed, where that
// explains the difference, or what one span has and the other has not.

import { estimate } from "./number.js";
import { Figures, METRICS } from "./profile.js";

const EMPTY = [0, 0, 0, 0];

function add(a, b) {
	return a.map((x, k) => x + b[k]);
}

// Of trace @t, or of all: t undefined.
function sumOf(figures, t) {
	return t === undefined ? figures.total : figures.at(t);
}

class Stock {
	constructor(profile, i, j) {
		this.added = profile.doneIn("allocated", Math.min(i, j), Math.max(i, j));
		this.gone = profile.doneIn("freed", Math.min(i, j), Math.max(i, j));
	}

	// The sum that the change of @a less @b rests on; null: not of these.
	basis(a, b, t) {
		const added = sumOf(this.added, t);
		const gone = sumOf(this.gone, t);
		for (let k = 0; k < 2; k++) {
			const change = Math.abs(a[k] - b[k]);
			const done = Math.abs(added[k] - gone[k]);
			if (Math.abs(change - done) > 1 + 1e-9 * (a[k] + b[k])) return null;
		}
		return add(added, gone);
	}
}

// Flows in spans that overlap: what is in one of them only.
class Apart {
	constructor(profile, of, [i, j], [k, l]) {
		const done = (x, y) => profile.doneIn(of, Math.min(x, y), Math.max(x, y));
		this.parts = [];
		if (i !== k) this.parts.push(done(i, k));
		if (j !== l) this.parts.push(done(j, l));
	}

	basis(_a, _b, t) {
		return this.parts.map((part) => sumOf(part, t)).reduce(add, EMPTY);
	}
}

function between(profile, metric, spanA, spanB) {
	const { stock, of } = METRICS[metric];
	if (stock) return new Stock(profile, spanA[1], spanB[1]);
	const a = [profile.begin(spanA), spanA[1]];
	const b = [profile.begin(spanB), spanB[1]];
	if (Math.max(a[0], b[0]) >= Math.min(a[1], b[1])) return null;
	return new Apart(profile, of, a, b);
}

// As columns, whatever the unit: how much, the events behind that, and the
// variances of both; so it is a sum of bytes to estimate().
export function difference(profile, metric, a, spanA, b, spanB) {
	const { unit } = METRICS[metric];
	const value = unit === "bytes" ? 0 : 1;
	const way = between(profile, metric, spanA, spanB);
	const out = new Figures(a.n);
	const compute = (t) => {
		const sumA = sumOf(a, t);
		const sumB = sumOf(b, t);
		const both = add(sumA, sumB);
		const basis = way?.basis(sumA, sumB, t);
		const rest = basis && basis[2 + value] <= both[2 + value] ? basis : both;
		return [sumA[value] - sumB[value], rest[1], rest[2 + value], rest[3]];
	};
	for (let t = 0; t < a.n; t++) out.set(t, compute(t));
	out.total = compute();
	out.whole = estimate(out.total, "bytes");
	out.unit = "bytes";
	return out;
}

// Is there more to it than chance?
export function isSignificant(e) {
	return e.value !== 0 && Math.abs(e.value) > e.error;
}
