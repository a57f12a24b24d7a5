// SPDX-License-Identifier: MIT

// Figures as the reports in text have them: lib/render/number.c, weigh.c.

const BYTES = [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"];
const COUNTS = ["", "k", "M", "G", "T", "P"];
const Z95 = 1.96;

function decimals(x, base) {
	if (Math.abs(x) >= 99.95) return 0;
	return base === 1000 && Math.abs(x) < 9.995 ? 2 : 1;
}

function scaled(value, base, units) {
	let x = value;
	let u = 0;
	// The largest value that is not of the next unit, however it is rounded.
	while (u + 1 < units.length && Math.abs(x) >= (u ? base - 0.5 : base)) {
		x /= base;
		u++;
	}
	return x.toFixed(u ? decimals(x, base) : 0) + units[u];
}

export function formatBytes(bytes) {
	return scaled(bytes, 1024, BYTES);
}

// The same for settings: "8 KiB" where that is exact.
export function formatSize(bytes) {
	let x = bytes;
	let u = 0;
	while (u + 1 < 5 && x && x % 1024 === 0) {
		x /= 1024;
		u++;
	}
	return x >= 100000 ? formatBytes(bytes) : x + BYTES[u];
}

export function formatExact(count) {
	return Math.round(count).toLocaleString("en-US");
}

export function formatCount(count) {
	return Math.abs(count) < 99999.5
		? formatExact(count)
		: scaled(count, 1000, COUNTS);
}

export function formatValue(value, unit) {
	return unit === "bytes" ? formatBytes(value) : formatCount(value);
}

function twoUnits(total, ratio, bigUnit, smallUnit) {
	const small = Math.round(total);
	const rest = small % ratio;
	const big = `${Math.floor(small / ratio)} ${bigUnit}`;
	return rest ? `${big} ${rest} ${smallUnit}` : big;
}

function precise(x) {
	return String(Number(x.toPrecision(3)));
}

export function formatTime(s) {
	if (!s) return "0 s";
	if (s >= 48 * 3600 - 30) return twoUnits(s / 3600, 24, "d", "h");
	if (s >= 7199.5) return twoUnits(s / 60, 60, "h", "min");
	if (s >= 119.95) return twoUnits(s, 60, "min", "s");
	if (s >= 9.995) return `${s.toFixed(1)} s`;
	if (s >= 0.9995) return `${s.toFixed(2)} s`;
	if (s >= 0.0009995) return `${precise(s * 1e3)} ms`;
	return `${precise(s * 1e6)} µs`;
}

export function formatShare(part, whole) {
	const percent = (100 * part) / whole;
	if (!Number.isFinite(percent)) return "–";
	if (percent > 0 && percent < 0.05) return "<0.1%";
	return `${percent.toFixed(1)}%`;
}

// "±3%": the error as a part of the value; "" where it is exact.
export function formatError(e) {
	if (e.error === 0) return "";
	if (Number.isNaN(e.error)) return "±?";
	const percent = (100 * e.error) / Math.abs(e.value);
	if (!Number.isFinite(percent) || percent >= 100.5) return "±>100%";
	if (percent >= 0.95) return `±${percent.toFixed(0)}%`;
	return percent >= 0.05 ? `±${percent.toFixed(1)}%` : "±<0.1%";
}

export function formatEstimate(e, unit) {
	const error = formatError(e);
	return formatValue(e.value, unit) + (error && ` ${error}`);
}

export function formatChange(e, unit) {
	const error = formatError(e);
	const text = formatValue(Math.abs(e.value), unit);
	const sign = e.value > 0 ? "+" : e.value < 0 ? "−" : "";
	return sign + text + (error && ` ${error}`);
}

// "a/b/../c" is "a/c", as long as no link is on the way.
export function shortenPath(path) {
	const parts = [];
	for (const part of path.split("/"))
		if (part === ".." && parts.length > 1 && parts.at(-1) !== "..") parts.pop();
		else if (part !== ".") parts.push(part);
	return parts.join("/");
}

// As exactly as it is known, for who asks.
export function formatPrecise(e, unit) {
	const error = e.error ? ` ± ${formatExact(e.error)}` : "";
	return `${formatExact(e.value)}${error} ${unit === "bytes" ? "bytes" : ""}`.trim();
}

// A sum is [bytes, count, variance of bytes, variance of count]; few events
// make the interval wider, as lib/query/weigh.c says.
export function estimate(sum, unit) {
	const bytes = unit === "bytes";
	const value = bytes ? sum[0] : sum[1];
	const variance = Math.max(bytes ? sum[2] : sum[3], 0);
	let event = 0;
	if (sum[1] > 0 && sum[3] > 0) event = Math.sqrt(variance * sum[3]) / sum[1];
	const wide = variance + ((Z95 * Z95) / 2) * event * event;
	return { value, error: Z95 * Math.sqrt(wide) };
}
