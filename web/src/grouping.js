// SPDX-License-Identifier: MIT

// Places by function, line or module, and the calls as a tree of them.
//
// The tree is the same for all moments: nodes have numbers in which callers
// come before what they call.  Node 0 is all; two more below it stand for
// stacks that are unknown and for what the page has by no stack.

import { Figures } from "./profile.js";

export const UNKNOWN = -1;
export const REST = -2;
export const ALL = -3;

const WRAPPER = 1;
const CUT = 2;

function baseName(path) {
	return path ? path.slice(path.lastIndexOf("/") + 1) || path : "";
}

// A tree that grows by the children that are asked for.
export class Tree {
	constructor(room) {
		this.parent = new Int32Array(room);
		this.group = new Int32Array(room);
		this.depth = new Int32Array(room);
		this.group[0] = ALL;
		this.n = 1;
		this.known = new Map();
	}

	child(parent, group) {
		// Groups begin at -3.
		const key = parent * 0x1000000 + group + 3;
		let node = this.known.get(key);
		if (node === undefined) {
			node = this.n++;
			this.known.set(key, node);
			this.parent[node] = parent;
			this.group[node] = group;
			this.depth[node] = this.depth[parent] + 1;
		}
		return node;
	}

	// What was added to nodes, and to what they call.
	cumulate(self) {
		const out = new Figures(this.n);
		for (let i = this.n - 1; i >= 0; i--) {
			out.add(i, self, i);
			if (i) out.add(this.parent[i], out, i);
		}
		return out;
	}
}

// From the sites, as the table counts them, to who called these.
function invert(grouping) {
	const { tree, siteOfTrace } = grouping;
	const sites = new Set(siteOfTrace);
	let room = 1;
	for (const site of sites) room += tree.depth[site];
	const out = new Tree(room);
	const nodeOfSite = new Map();
	const grow = (site) => {
		let node = 0;
		for (let i = site; i; i = tree.parent[i])
			node = out.child(node, tree.group[i]);
		return node;
	};
	const nodeOfTrace = siteOfTrace.map((site) => {
		if (!nodeOfSite.has(site)) nodeOfSite.set(site, grow(site));
		return nodeOfSite.get(site);
	});
	const layers = { tree: out, nodeOfTrace };
	layers.order = grouping.findOrder(layers);
	return layers;
}

export class Grouping {
	constructor(profile, by) {
		this.profile = profile;
		this.by = by;
		this.places = [];
		this.tints = new Map();
		this.groupOfLine = this.groupLines();
		this.makeTree();
		this.groupSites();
	}

	groupLines() {
		const { lines, functions } = this.profile.stacks;
		const known = new Map();
		return lines.map((line, number) => {
			const fn = functions[line.fn];
			const key = {
				function: line.fn,
				line: number,
				module: fn.kind === CUT ? "" : (fn.module ?? "?"),
			}[this.by];
			if (!known.has(key)) {
				known.set(key, this.places.length);
				this.places.push(this.describe(line, fn));
			}
			return known.get(key);
		});
	}

	describe(line, fn) {
		const module = baseName(fn.module);
		const where = line.file
			? `${line.file}${line.line ? `:${line.line}` : ""}`
			: module;
		const isCut = fn.kind === CUT;
		// Places come in the order of the heaviest stacks.
		if (!this.tints.has(module)) this.tints.set(module, this.tints.size);
		const tint = this.tints.get(module);
		if (this.by === "module" && !isCut) {
			const name = module || "(no module)";
			return { name, short: name, where: fn.module ?? "", module, tint };
		}
		return {
			name: fn.name,
			short: fn.short,
			where,
			module,
			tint,
			isWrapper: fn.kind === WRAPPER,
			isCut,
		};
	}

	place(group) {
		if (group >= 0) return this.places[group];
		const name = {
			[UNKNOWN]: "(stack unknown)",
			[REST]: "(small ones)",
			[ALL]: "all",
		}[group];
		return { name, short: name, where: "", module: "" };
	}

	makeTree() {
		const { stacks, traces } = this.profile;
		const tree = new Tree(stacks.nrNodes + 2);
		const node = new Int32Array(stacks.nrNodes);
		for (let i = 1; i < stacks.nrNodes; i++) {
			const group = this.groupOfLine[stacks.line[i] >> 1];
			const parent = node[stacks.parent[i]];
			// A module calls others, not itself.
			node[i] =
				this.by === "module" && tree.group[parent] === group
					? parent
					: tree.child(parent, group);
		}
		this.tree = tree;
		this.nodeOfTrace = new Int32Array(traces.n + 1);
		this.nodeOfTrace[0] = tree.child(0, REST);
		for (let t = 0; t < traces.n; t++)
			this.nodeOfTrace[t + 1] = traces.node[t]
				? node[traces.node[t]]
				: tree.child(0, UNKNOWN);
		this.siteOfTrace = new Int32Array(traces.n + 1);
		for (let t = 0; t < traces.n; t++)
			this.siteOfTrace[t + 1] = traces.node[t]
				? node[traces.site[t]]
				: this.nodeOfTrace[t + 1];
		this.siteOfTrace[0] = this.nodeOfTrace[0];
	}

	groupSites() {
		const { tree } = this;
		// Nodes whose group is on no node above: they count for it.
		this.isFirst = new Uint8Array(tree.n);
		for (let i = 1; i < tree.n; i++) {
			let above = tree.parent[i];
			while (above && tree.group[above] !== tree.group[i])
				above = tree.parent[above];
			this.isFirst[i] = above ? 0 : 1;
		}
		this.order = this.findOrder(this);
	}

	// The heaviest calls come first, at whatever moment one looks.
	findOrder({ tree, nodeOfTrace }) {
		const cumulate = (figures) => {
			const self = new Figures(tree.n);
			for (let t = 0; t < figures.n; t++) self.add(nodeOfTrace[t], figures, t);
			return tree.cumulate(self);
		};
		const weight = cumulate(this.profile.figures("live", this.peak));
		const all = cumulate(
			this.profile.figures("allocated", [0, this.profile.last]),
		);
		return Float64Array.from(weight.bytes, (x, i) => x + 1e-6 * all.bytes[i]);
	}

	// The tree of the flame graph: @isInverted, from who allocates outward.
	layers(isInverted) {
		if (!isInverted) return this;
		this.inverted ??= invert(this);
		return this.inverted;
	}

	get peak() {
		const { peak } = this.profile.about;
		return [peak, peak];
	}

	// Figures by trace as figures by node, with what it calls.
	cumulate(figures) {
		const self = new Figures(this.tree.n);
		for (let t = 0; t < figures.n; t++)
			self.add(this.nodeOfTrace[t], figures, t);
		return this.tree.cumulate(self);
	}

	// By group: what it did itself, and with what it calls.
	bySite(figures) {
		const { tree, places } = this;
		const cumulative = new Figures(places.length + 3);
		const self = new Figures(places.length + 3);
		const nodes = this.cumulate(figures);
		for (let i = 1; i < tree.n; i++)
			if (this.isFirst[i] && !this.place(tree.group[i]).isCut)
				cumulative.add(tree.group[i] + 3, nodes, i);
		for (let t = 0; t < figures.n; t++)
			self.add(tree.group[this.siteOfTrace[t]] + 3, figures, t);
		return { self, cumulative };
	}
}
