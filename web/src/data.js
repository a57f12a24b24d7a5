// SPDX-License-Identifier: MIT

// The data of the page: what lib/render/html.c packed, unpacked.  Figures are
// in columns, as there can be a million of them.

function base64(text) {
	if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
	const raw = atob(text);
	const bytes = new Uint8Array(raw.length);
	for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
	return bytes;
}

async function unpack(id) {
	const element = document.getElementById(id);
	if (!element) return null;
	const packed = new Blob([base64(element.textContent)]);
	element.remove();
	const stream = packed.stream().pipeThrough(new DecompressionStream("gzip"));
	return new Response(stream).arrayBuffer();
}

class Cursor {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}

	// LEB128; up to 2^53, beyond which doubles are not whole anyway.
	number() {
		const { bytes } = this;
		let b = bytes[this.at++];
		if (b < 0x80) return b;
		let v = b & 0x7f;
		let shift = 7;
		do {
			b = bytes[this.at++];
			if (shift < 28) v |= (b & 0x7f) << shift;
			else v += (b & 0x7f) * 2 ** shift;
			shift += 7;
		} while (b >= 0x80);
		return v;
	}

	text() {
		const n = this.number();
		const part = this.bytes.subarray(this.at, this.at + n);
		this.at += n;
		return utf8.decode(part);
	}
}

const utf8 = new TextDecoder();
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

// The upper 20 bits of a float, in the middle of what they stand for.
function variance(code) {
	if (!code) return 0;
	bits[0] = (code << 11) | (1 << 10);
	return float[0];
}

export class Sums {
	constructor(n) {
		this.bytes = new Float64Array(n);
		this.count = new Float64Array(n);
		this.bytesVar = new Float32Array(n);
		this.countVar = new Float32Array(n);
	}

	set(i, bytes, count, bytesVar, countVar) {
		this.bytes[i] = bytes;
		this.count[i] = count;
		this.bytesVar[i] = bytesVar;
		this.countVar[i] = countVar;
	}

	copyFrom(sums, to, from) {
		this.bytes[to] = sums.bytes[from];
		this.count[to] = sums.count[from];
		this.bytesVar[to] = sums.bytesVar[from];
		this.countVar[to] = sums.countVar[from];
	}

	at(i) {
		return [this.bytes[i], this.count[i], this.bytesVar[i], this.countVar[i]];
	}

	// Adds a sum as it is written; with @variances, with these.
	read(i, cursor, scale, variances) {
		this.bytes[i] += cursor.number();
		this.count[i] += cursor.number() * scale;
		if (!variances) return;
		this.bytesVar[i] += variance(cursor.number());
		this.countVar[i] += variance(cursor.number());
	}
}

const ALLOCATED = 1;
const FREED = 2;
const LIVE = 4;
const VARIANCES = 8;

// Functions, lines, calls: lib/render/html_stacks.h.
class Stacks {
	constructor(nrNodes) {
		this.strings = [];
		this.functions = [];
		this.lines = [];
		this.parent = new Int32Array(nrNodes + 1);
		this.line = new Int32Array(nrNodes + 1); // twice, plus 1: inlined
		this.nrNodes = 1;
	}

	string(cursor) {
		const n = cursor.number();
		if (!n) return null;
		if (n > this.strings.length) this.strings.push(cursor.text());
		return this.strings[n - 1];
	}

	addLine(cursor) {
		const fn = cursor.number();
		if (fn === this.functions.length)
			this.functions.push({
				kind: cursor.number(),
				name: this.string(cursor),
				short: this.string(cursor),
				module: this.string(cursor),
			});
		const file = this.string(cursor);
		this.lines.push({ fn, file, line: cursor.number() });
	}

	// The node of the innermost frame, and of the one it counts for.
	read(cursor) {
		let node = cursor.number();
		for (let n = cursor.number(); n; n--) {
			const line = cursor.number();
			if (line >> 1 === this.lines.length) this.addLine(cursor);
			this.parent[this.nrNodes] = node;
			this.line[this.nrNodes] = line;
			node = this.nrNodes++;
		}
		let site = node;
		for (let n = cursor.number(); n && site; n--) site = this.parent[site];
		return [node, site];
	}
}

// What traces did over time: lib/render/html_tracks.h.
class Tracks {
	constructor(nrTraces, nrChanges) {
		this.first = new Int32Array(nrTraces + 1); // change of each trace
		this.snapshot = new Uint16Array(nrChanges);
		this.live = new Sums(nrChanges);
		this.allocated = new Sums(nrChanges); // up to then
		this.freed = new Sums(nrChanges);
	}

	readChange(cursor, i, first, scale) {
		const { live, allocated, freed } = this;
		const before = i > first ? this.snapshot[i - 1] : -1;
		this.snapshot[i] = before + 1 + cursor.number();
		const flags = cursor.number();
		const variances = flags & VARIANCES;
		if (i > first)
			for (const s of [live, allocated, freed]) s.copyFrom(s, i, i - 1);
		live.bytes[i] -= allocated.bytes[i] - freed.bytes[i];
		live.count[i] -= allocated.count[i] - freed.count[i];
		if (flags & ALLOCATED) allocated.read(i, cursor, scale, variances);
		if (flags & FREED) freed.read(i, cursor, scale, variances);
		live.bytes[i] += allocated.bytes[i] - freed.bytes[i];
		live.count[i] += allocated.count[i] - freed.count[i];
		if (flags & LIVE) {
			live.set(i, 0, 0, 0, 0);
			live.read(i, cursor, scale, false);
		}
		live.bytesVar[i] = variances ? variance(cursor.number()) : 0;
		live.countVar[i] = variances ? variance(cursor.number()) : 0;
	}

	read(trace, cursor, scale) {
		const first = this.first[trace];
		const end = first + cursor.number();
		for (let i = first; i < end; i++) this.readChange(cursor, i, first, scale);
		this.first[trace + 1] = end;
	}
}

function readInstants(rows) {
	const n = rows.length;
	const instants = {
		n,
		time: new Float64Array(n),
		rss: new Float64Array(n),
		bytesError: new Float64Array(n),
		countError: new Float64Array(n),
		most: new Float64Array(n),
	};
	const columns = ["time", "rss", "bytesError", "countError", "most"];
	rows.forEach((row, i) => {
		columns.forEach((key, k) => {
			instants[key][i] = row[k];
		});
	});
	["live", "allocated", "freed"].forEach((key, k) => {
		const sums = new Sums(n);
		rows.forEach((row, i) => {
			sums.set(i, ...row.slice(5 + 4 * k, 9 + 4 * k));
		});
		instants[key] = sums;
	});
	return instants;
}

function readTraces(bytes, about) {
	const cursor = new Cursor(bytes);
	const n = about.nr_traces[0];
	const stacks = new Stacks(about.nr_nodes);
	const tracks = new Tracks(n, about.nr_changes);
	const scale = 1 / about.count_scale;
	const traces = {
		n,
		node: new Int32Array(n),
		site: new Int32Array(n),
		allocated: new Sums(n),
		freed: new Sums(n),
	};
	for (let i = 0; i < n; i++) {
		[traces.node[i], traces.site[i]] = stacks.read(cursor);
		traces.allocated.read(i, cursor, scale, true);
		traces.freed.read(i, cursor, scale, true);
		tracks.read(i, cursor, scale);
	}
	return { stacks, tracks, traces };
}

// What traces did in each thread: lib/render/html_split.h.  Read when it is
// asked for; of each trace, pairs of a thread and a range of changes.
export function readSplit(bytes, about, nrTraces) {
	const cursor = new Cursor(bytes);
	const scale = 1 / about.count_scale;
	const parts = [];
	const tracks = new Tracks(0, about.nr_split);
	let at = 0;
	for (let trace = 0; trace < nrTraces; trace++)
		for (let n = cursor.number(); n; n--) {
			const thread = cursor.number();
			const first = at;
			for (const end = first + cursor.number(); at < end; at++)
				tracks.readChange(cursor, at, first, scale);
			parts.push({ trace, thread, first, end: at });
		}
	return { tracks, parts };
}

// Of these, the part of one thread, as if there were no other.
export function tracksOfThread({ tracks, parts }, thread, nrTraces) {
	const own = parts.filter((part) => part.thread === thread);
	const n = own.reduce((sum, { first, end }) => sum + end - first, 0);
	const out = new Tracks(nrTraces, n);
	let to = 0;
	for (const { trace, first, end } of own) {
		for (let k = first; k < end; k++, to++) {
			out.snapshot[to] = tracks.snapshot[k];
			for (const key of ["live", "allocated", "freed"])
				out[key].copyFrom(tracks[key], to, k);
		}
		out.first[trace + 1] = to;
	}
	for (let t = 1; t <= nrTraces; t++)
		out.first[t] = Math.max(out.first[t], out.first[t - 1]);
	return out;
}

// @about: JSON; @traces and @split, or null: bytes.
export function read(about, traces, split) {
	const text = JSON.parse(about);
	return {
		about: text,
		instants: readInstants(text.instants),
		split,
		...readTraces(traces, text),
	};
}

export async function load() {
	const [about, traces, split] = await Promise.all([
		unpack("about"),
		unpack("traces"),
		unpack("split"),
	]);
	return read(
		utf8.decode(about),
		new Uint8Array(traces),
		split && new Uint8Array(split),
	);
}
