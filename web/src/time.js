// SPDX-License-Identifier: MIT

// The heap over time, on which moments and spans are chosen.

import uPlot from "uplot";
import { el } from "./dom.js";
import { formatBytes, formatEstimate, formatTime } from "./number.js";

const HEIGHT = 230; // px
const RSS_MOST = 3; // times the heap, up to which it is shown at first
const DRAG = 6; // px from where on it is no click

const BYTE_STEPS = [];
for (let k = 1; k < 1024 ** 6; k *= 1024)
	for (const x of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
		BYTE_STEPS.push(x * k);

const TIME_STEPS = [];
for (let k = 1e-9; k < 9; k *= 10)
	for (const x of [1, 2, 5]) TIME_STEPS.push(Number((x * k).toPrecision(1)));
TIME_STEPS.push(10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400);
for (const x of [21600, 43200, 86400, 172800, 432000, 864000, 8640000])
	TIME_STEPS.push(x);

// Ticks with as many digits as tell them apart.
function formatTicks(_plot, ticks) {
	const step = ticks.length > 1 ? ticks[1] - ticks[0] : ticks[0] || 1;
	const most = ticks[ticks.length - 1] ?? 0;
	const pad = (x) => String(Math.floor(x)).padStart(2, "0");
	const format = (t) => {
		if (most >= 2 * 86400)
			return `${(t / 86400).toFixed(step < 86400 ? 1 : 0)} d`;
		if (most >= 7200) return `${Math.floor(t / 3600)}:${pad((t / 60) % 60)} h`;
		if (most >= 120) return `${Math.floor(t / 60)}:${pad(t % 60)} min`;
		if (most >= 0.9995) {
			const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
			return `${t.toFixed(digits)} s`;
		}
		return most >= 2e-3
			? `${Number((t * 1e3).toPrecision(4))} ms`
			: `${Number((t * 1e6).toPrecision(4))} µs`;
	};
	return ticks.map((t) => (t === 0 ? "0" : format(t)));
}

function ratesOf({ time, allocated, n }) {
	const rates = new Array(n).fill(null);
	for (let i = 1; i < n; i++) {
		const dt = time[i] - time[i - 1];
		if (dt > 0) rates[i] = (allocated.bytes[i] - allocated.bytes[i - 1]) / dt;
	}
	return rates;
}

function theme(name) {
	return getComputedStyle(document.documentElement)
		.getPropertyValue(`--${name}`)
		.trim();
}

export const CURVES = [
	{ key: "live", label: "Live heap" },
	{ key: "most", label: "Highest in between" },
	{ key: "rss", label: "Memory of the process (RSS)" },
	{ key: "rate", label: "Allocated a second" },
];

// Numbers of the series in the plot; of the first two is the error of a third.
const LIVE = 3;
const SERIES = { live: [1, 2, LIVE], most: [4], rss: [5], rate: [6] };

export class TimePlot {
	// @onMoment(span, isSecond), @onPoint(instant or null)
	constructor(element, profile, { onMoment, onPoint }) {
		this.element = element;
		this.profile = profile;
		this.onMoment = onMoment;
		this.onPoint = onPoint;
		this.hidden = new Set();
		this.layers = null; // of layers.js, instead of all as one
		this.drag = null;
		this.make();
		this.listen();
		this.observer = new ResizeObserver(() => this.resize());
		this.observer.observe(element);
	}

	destroy() {
		this.observer.disconnect();
		this.plot.destroy();
	}

	make() {
		const { instants } = this.profile;
		const { time, live, bytesError, most, rss, n } = instants;
		this.rates = ratesOf(instants);
		const plain = (column) => Array.from(column);
		const data = [
			plain(time),
			Array.from({ length: n }, (_, i) => live.bytes[i] + bytesError[i]),
			Array.from({ length: n }, (_, i) =>
				Math.max(live.bytes[i] - bytesError[i], 0),
			),
			plain(live.bytes),
			plain(most),
			Array.from(rss, (x) => x || null),
			this.rates,
		];
		const line = (name, more) => ({
			stroke: () => theme(name),
			width: 1.5,
			points: { show: false },
			...more,
		});
		const stepped = uPlot.paths.stepped({ align: -1 });
		const axes = this.makeAxes();
		this.plot = new uPlot(
			{
				width: this.element.clientWidth || 800,
				height: HEIGHT,
				legend: { show: false },
				cursor: {
					drag: { x: false, y: false },
					points: { show: false },
					y: false,
				},
				scales: {
					x: { time: false, range: (_p, low, high) => [low, high] },
					y: { range: (_p, _low, high) => [0, high * 1.06 || 1] },
					rate: { range: (_p, _low, high) => [0, high * 3.5 || 1] },
				},
				series: [
					{},
					line("band", { width: 0 }),
					line("band", { width: 0 }),
					line("live", {
						width: 2,
						fill: () => (this.layers ? null : theme("live-fill")),
					}),
					line("most", { width: 1, paths: stepped }),
					line("rss", { width: 1.5, dash: [6, 4] }),
					line("rate", {
						scale: "rate",
						width: 1,
						paths: stepped,
						fill: () => theme("rate-fill"),
					}),
				],
				bands: [{ series: [1, 2], fill: () => theme("band") }],
				axes: this.element.clientWidth > 560 ? axes : axes.slice(0, 2),
				hooks: {
					drawClear: [(p) => this.drawLayers(p)],
					draw: [() => this.place()],
					setCursor: [(p) => this.point(p.cursor.idx)],
				},
			},
			data,
			this.element,
		);
		this.over = this.plot.over;
		this.marks = el("div", { class: "marks" });
		this.spans = el("div", { class: "spans" });
		this.over.append(this.spans, this.marks);
		this.makeMarks();
		// A process far larger than its heap would flatten that.
		if (Math.max(...rss) > RSS_MOST * Math.max(...most)) this.toggle("rss");
	}

	setLayers(layers) {
		if (layers === this.layers) return;
		this.layers = layers;
		for (const [key, series] of Object.entries(SERIES))
			for (const k of series)
				this.plot.setSeries(k, { show: this.isShown(key, k) });
	}

	// Over layers, only who holds it and what the process has are to see.
	isShown(key, k) {
		if (!this.layers) return !this.hidden.has(key);
		return k === LIVE || (key === "rss" && !this.hidden.has(key));
	}

	// One upon the other, the largest at the bottom.
	drawLayers(plot) {
		if (!this.layers) return;
		const { time, n } = this.profile.instants;
		const { ctx, bbox } = plot;
		const x = Array.from(time, (t) => plot.valToPos(t, "x", true));
		const y = (v) => plot.valToPos(v, "y", true);
		let floor = new Float64Array(n);
		ctx.save();
		ctx.beginPath();
		ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
		ctx.clip();
		for (const { figures, colour } of this.layers) {
			const top = floor.map((v, i) => v + figures.bytes[i]);
			ctx.beginPath();
			for (let i = 0; i < n; i++) ctx.lineTo(x[i], y(top[i]));
			for (let i = n - 1; i >= 0; i--) ctx.lineTo(x[i], y(floor[i]));
			ctx.fillStyle = theme(colour);
			ctx.fill();
			floor = top;
		}
		ctx.restore();
	}

	makeAxes() {
		const common = {
			stroke: () => theme("muted"),
			grid: { stroke: () => theme("grid"), width: 1 },
			ticks: { stroke: () => theme("grid"), width: 1, size: 4 },
			font: "11px system-ui, sans-serif",
		};
		const bytes = (suffix) => (_p, ticks) =>
			ticks.map((x) =>
				x ? formatBytes(x).replace(/\.0 /, " ") + suffix : "0",
			);
		return [
			{
				...common,
				incrs: TIME_STEPS,
				values: formatTicks,
				space: 80,
				size: 30,
			},
			{ ...common, incrs: BYTE_STEPS, values: bytes(""), size: 66, space: 36 },
			{
				...common,
				scale: "rate",
				side: 1,
				incrs: BYTE_STEPS,
				// Only the part of the scale that the curve uses.
				values: (p, ticks) => {
					const most = p.scales.rate.max / 3.5;
					return bytes("/s")(p, ticks).map((t, i) =>
						ticks[i] <= most * 1.2 ? t : "",
					);
				},
				size: 74,
				space: 28,
				grid: { show: false },
				ticks: { show: false },
				stroke: () => theme("rate"),
			},
		];
	}

	makeMarks() {
		const { about, instants, last } = this.profile;
		const peak = instants.time[about.peak];
		const add = (time, label, className) => {
			const i = this.instantAt(time);
			const mark = el("button", {
				type: "button",
				class: `mark ${className}`,
				title: `${label}, ${formatTime(time)}`,
				text: label,
				tabindex: -1,
				data: { instant: i, time },
			});
			this.marks.append(mark);
		};
		for (const [time, label] of about.marks) add(time, label, "named");
		if (last > 0) add(peak, "peak", "peak");
	}

	// The nearest instant.
	instantAt(time) {
		const { time: times } = this.profile.instants;
		let best = 0;
		for (let i = 1; i < times.length; i++)
			if (Math.abs(times[i] - time) < Math.abs(times[best] - time)) best = i;
		return best;
	}

	resize() {
		const width = this.element.clientWidth;
		if (width && width !== this.plot.width)
			this.plot.setSize({ width, height: HEIGHT });
	}

	redraw() {
		this.plot.redraw(false, true);
	}

	toggle(key) {
		const on = this.hidden.has(key);
		if (on) this.hidden.delete(key);
		else this.hidden.add(key);
		for (const k of SERIES[key]) this.plot.setSeries(k, { show: on });
		return on;
	}

	has(key) {
		const { instants } = this.profile;
		if (key === "rss") return instants.rss.some((x) => x > 0);
		if (key === "most")
			return instants.most.some((x, i) => x > instants.live.bytes[i] * 1.02);
		if (key === "rate") return this.rates.some((x) => x > 0);
		return true;
	}

	describe(key, i) {
		const { live, bytesError, most, rss } = this.profile.instants;
		if (key === "live")
			return formatEstimate(
				{ value: live.bytes[i], error: bytesError[i] },
				"bytes",
			);
		if (key === "rate")
			return this.rates[i] === null ? "–" : `${formatBytes(this.rates[i])}/s`;
		const value = key === "rss" ? rss[i] : most[i];
		return value ? formatBytes(value) : "–";
	}

	point(i) {
		this.onPoint(this.drag || i === undefined ? null : i);
	}

	// Shows a part of the run, from instant to instant; null: all of it.
	setRange(range) {
		const [i, j] = range ?? [0, this.profile.last];
		const { time } = this.profile.instants;
		const { min, max } = this.plot.scales.x;
		if (min !== time[i] || max !== time[j])
			this.plot.setScale("x", { min: time[i], max: time[j] });
	}

	show(span, hold) {
		this.span = span;
		this.hold = hold;
		this.place();
		const { time } = this.profile.instants;
		this.element.setAttribute("aria-valuemax", this.profile.last);
		this.element.setAttribute("aria-valuenow", span[1]);
		this.element.setAttribute(
			"aria-valuetext",
			span.map((i) => formatTime(time[i])).join(" to "),
		);
	}

	left(time) {
		return this.plot.valToPos(time, "x");
	}

	makeSpan([i, j], className) {
		const { time } = this.profile.instants;
		const box = el("div", { class: `span ${className}` });
		const from = this.left(time[i]);
		box.style.left = `${from}px`;
		box.style.width = `${Math.max(this.left(time[j]) - from, 0)}px`;
		return box;
	}

	// Elements over the plot, where its scale has them.
	place() {
		if (!this.spans || !this.span) return;
		const boxes = [this.makeSpan(this.span, "chosen")];
		if (this.hold) boxes.unshift(this.makeSpan(this.hold, "held"));
		if (this.drag?.span) boxes.push(this.makeSpan(this.drag.span, "dragged"));
		this.spans.replaceChildren(...boxes);
		let free = Number.NEGATIVE_INFINITY;
		const marks = [...this.marks.children].sort(
			(a, b) => a.dataset.time - b.dataset.time,
		);
		for (const mark of marks) {
			const x = this.left(Number(mark.dataset.time));
			mark.style.left = `${x}px`;
			mark.hidden = x < -1 || x > this.over.clientWidth + 1;
			if (mark.hidden) continue;
			// Labels that would cover each other are ticks only.
			mark.classList.toggle("small", x < free);
			if (x >= free) free = x + mark.textContent.length * 6.5 + 16;
			const isLate = x > this.over.clientWidth - 60;
			mark.classList.toggle("late", isLate);
		}
	}

	listen() {
		const { over } = this;
		const at = (e) => {
			const { left } = over.getBoundingClientRect();
			return this.instantAt(this.plot.posToVal(e.clientX - left, "x"));
		};
		over.addEventListener("pointerdown", (e) => {
			if (e.button !== 0) return;
			const mark = e.target.closest(".mark");
			const start = mark ? Number(mark.dataset.instant) : at(e);
			this.drag = { x: e.clientX, start, span: null };
			over.setPointerCapture(e.pointerId);
		});
		over.addEventListener("pointermove", (e) => {
			if (!this.drag) return;
			if (Math.abs(e.clientX - this.drag.x) < DRAG && !this.drag.span) return;
			const i = at(e);
			const { start } = this.drag;
			this.drag.span = [Math.min(i, start), Math.max(i, start)];
			this.place();
		});
		over.addEventListener("pointerup", (e) => {
			if (!this.drag) return;
			const { start, span } = this.drag;
			this.drag = null;
			this.onMoment(span ?? [start, start], e.shiftKey);
		});
		over.addEventListener("pointercancel", () => {
			this.drag = null;
			this.place();
		});
	}
}
