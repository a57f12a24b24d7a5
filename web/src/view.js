// SPDX-License-Identifier: MIT

// What the lower half of the page is about: a metric at a moment or in a span,
// alone or compared with another one.

import { difference } from "./difference.js";
import {
	estimate,
	formatChange,
	formatEstimate,
	formatShare,
	formatTime,
} from "./number.js";
import { Figures, METRICS } from "./profile.js";

// Figures of the nodes of a tree, from those that were added to each.
class Weights {
	constructor(view, tree, self) {
		this.view = view;
		this.tree = tree;
		this.a = tree.cumulate(self.a);
		this.b = self.b && tree.cumulate(self.b);
		this.d = self.d && tree.cumulate(self.d);
		this.self = self;
		this.width = this.makeWidths(tree, self);
	}

	// As wide as the larger of the two, so that what is gone shows as well.
	makeWidths(tree, self) {
		const part = this.view.unit;
		const width = new Float64Array(tree.n);
		for (let i = tree.n - 1; i >= 0; i--) {
			const b = self.b ? self.b[part][i] : 0;
			width[i] += Math.max(self.a[part][i], b, 0);
			if (i) width[tree.parent[i]] += width[i];
		}
		return width;
	}

	value(i) {
		return this.view.estimate(this.a.at(i));
	}

	before(i) {
		return this.view.estimate(this.b.at(i));
	}

	change(i) {
		return estimate(this.d.at(i), "bytes");
	}

	selfValue(i) {
		return this.view.estimate(this.self.a.at(i));
	}

	// From -1, all of it went, to 1, all of it came.
	trend(i) {
		const change = this.d.bytes[i];
		const part = this.view.unit;
		const most = Math.max(this.a[part][i], this.b[part][i]);
		return most > 0 ? Math.max(-1, Math.min(1, change / most)) : 0;
	}
}

export class View {
	constructor(profile, { metric, span, hold }) {
		const { stock, unit, title } = METRICS[metric];
		this.profile = profile;
		this.metric = metric;
		this.unit = unit;
		this.title = title;
		this.span = stock ? [span[1], span[1]] : span;
		this.base = hold && stock ? [hold[1], hold[1]] : hold;
		// What came to be live in a span is what changed from end to end.
		if (!hold && stock && span[0] !== span[1]) this.base = [span[0], span[0]];
		this.a = profile.figures(metric, this.span);
		if (!this.base) return;
		this.b = profile.figures(metric, this.base);
		this.d = difference(profile, metric, this.a, this.span, this.b, this.base);
	}

	get isComparison() {
		return Boolean(this.base);
	}

	estimate(sum) {
		return estimate(sum, this.unit);
	}

	format(e) {
		return formatEstimate(e, this.unit);
	}

	formatChange(e) {
		return formatChange(e, this.unit);
	}

	// Of a share, the whole is what is shown: of a comparison, the later one.
	share(value) {
		return formatShare(value, this.a.whole.value);
	}

	// Figures by trace, added to nodes of a tree; a node below 0: to none.
	weigh(tree, nodeOfTrace) {
		const self = {};
		for (const part of ["a", "b", "d"]) {
			if (!this[part]) continue;
			self[part] = new Figures(tree.n);
			for (let t = 0; t < this.a.n; t++)
				if (nodeOfTrace[t] >= 0) self[part].add(nodeOfTrace[t], this[part], t);
		}
		return new Weights(this, tree, self);
	}

	countText() {
		const { total, whole } = this.a;
		const { stock } = METRICS[this.metric];
		const e = stock
			? this.profile.liveTotal("count", this.span[1])
			: estimate(total, "count");
		const error = whole.error ? e.error : 0;
		const text = formatEstimate({ value: e.value, error }, "count");
		return `${text} ${stock ? "blocks" : "allocations"}`;
	}

	// What the figures are, of @span.
	describe(span) {
		const { time } = this.profile.instants;
		const [i, j] = span;
		const what = this.title.toLowerCase();
		if (METRICS[this.metric].stock) return what;
		if (i !== j && i > 0) return `${what} in that time`;
		if (j === this.profile.last) return `${what} in all`;
		return `${what} up to ${formatTime(time[j])}`;
	}
}
