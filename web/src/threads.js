// SPDX-License-Identifier: MIT

// What each thread allocated and held, of the whole run: the digest keeps no
// stacks by thread, and what one held only at the peak and at the end.

import { el } from "./dom.js";
import { estimate, formatTime } from "./number.js";
import { METRICS } from "./profile.js";
import { estimateCell, nameCell, shareCell } from "./table.js";

const COLUMNS = [
	{ key: "peak", title: "At the peak" },
	{ key: "end", title: "At the end" },
	{ key: "allocated", title: "Allocated" },
	{ key: "freed", title: "Freed" },
];
const ROWS = 50;

export function readThreads(rows) {
	return rows.map(([name, tid, number, start, ...sums]) => {
		const sum = (k) => sums.slice(4 * k, 4 * k + 4);
		return {
			name,
			tid,
			number,
			start,
			allocated: sum(0),
			freed: sum(1),
			peak: sum(2),
			end: sum(3),
		};
	});
}

export function threadName({ name, tid }) {
	return `${name ?? "(no name)"} ${tid}`;
}

export class Threads {
	// @onPick(number), if there is something to see of one
	constructor(element, profile, onPick) {
		this.onPick = profile.hasSplit ? onPick : null;
		this.element = element;
		this.profile = profile;
		this.all = readThreads(profile.about.threads);
		this.sort = null; // as the metric has it, until one is chosen
		element.addEventListener("click", (e) => {
			const thread = e.target.closest("[data-thread]");
			if (thread) this.onPick(Number(thread.dataset.thread));
			const button = e.target.closest("[data-sort]");
			if (!button) return;
			this.sort = button.dataset.sort;
			this.draw();
			element.querySelector(`[data-sort="${this.sort}"]`).focus();
		});
	}

	show(metric, span, find) {
		if (this.metric !== metric) this.sort = null;
		this.metric = metric;
		this.unit = METRICS[metric].unit;
		this.atEnd = span[1] === this.profile.last;
		this.wanted = find.trim().toLowerCase();
		this.draw();
	}

	get sorting() {
		if (this.sort) return this.sort;
		const { stock, of } = METRICS[this.metric];
		return stock ? (this.atEnd ? "end" : "peak") : of;
	}

	draw() {
		const { unit, sorting, wanted } = this;
		const value = (t) => estimate(t[sorting], unit).value;
		const name = (t) => `${t.name ?? ""} ${t.tid}`.toLowerCase();
		const rows = this.all
			.filter((t) => !wanted || name(t).includes(wanted))
			.sort((a, b) => value(b) - value(a) || a.start - b.start);
		const whole = this.all.reduce((sum, t) => sum + value(t), 0);
		const most = Math.max(...rows.map(value), 0);
		const head = COLUMNS.map(({ key, title }) =>
			el(
				"th",
				{
					class: "number",
					scope: "col",
					"aria-sort": key === sorting ? "descending" : "none",
				},
				el("button", { type: "button", data: { sort: key }, text: title }),
			),
		);
		this.element.replaceChildren(
			el(
				"table",
				{},
				el(
					"thead",
					{},
					el(
						"tr",
						{},
						el("th", { class: "share", scope: "col", text: "Share" }),
						...head,
						el("th", { class: "name", scope: "col", text: "Thread" }),
					),
				),
				el(
					"tbody",
					{},
					...rows
						.slice(0, ROWS)
						.map((t) => this.drawRow(t, value(t), most, whole)),
				),
			),
			el("p", { class: "hint", text: this.describe(rows.length) }),
		);
	}

	drawRow(thread, value, most, whole) {
		return el(
			"tr",
			{},
			shareCell(value, most, whole),
			...COLUMNS.map(({ key }) =>
				estimateCell(estimate(thread[key], this.unit), this.unit),
			),
			nameCell(
				this.onPick
					? el("button", {
							type: "button",
							class: "label place",
							data: { thread: thread.number },
							text: thread.name ?? "(no name)",
						})
					: el("code", { class: "label", text: thread.name ?? "(no name)" }),
				`${thread.tid}, from ${formatTime(thread.start)}`,
			),
		);
	}

	describe(found) {
		const { nr_threads } = this.profile.about;
		const parts = [];
		const shown = Math.min(found, ROWS);
		if (shown < found || this.all.length < nr_threads)
			parts.push(`${shown} of ${nr_threads} threads are shown.`);
		parts.push(
			this.onPick
				? "Choose one to see its stacks, at any moment."
				: "Of the whole run, whatever moment is chosen: this page has no stacks by thread, as it was made without the log, or there are too many.",
			"A block counts for the thread that allocated it.",
		);
		return parts.join(" ");
	}
}
