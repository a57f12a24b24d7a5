// SPDX-License-Identifier: MIT

// Who calls whom, as lib/query/flow.c has it: places and calls, each stack a
// path without a loop that ends where it allocates.  What is too small to show
// is added up where it goes in or out, so that at each place
// entry + in + dropped in = local + out + dropped out.

import { UNKNOWN } from "./grouping.js";

const LEAST_NODE = 0.02; // of the whole
const LEAST_EDGE = 0.01;
const MOST_NODES = 48;

class Sum {
	constructor() {
		this.a = [0, 0, 0, 0];
		this.b = [0, 0, 0, 0];
		this.d = [0, 0, 0, 0];
	}

	add(part, sum) {
		for (let k = 0; k < 4; k++) this[part][k] += sum[k];
	}

	addAll(other) {
		for (const part of ["a", "b", "d"]) this.add(part, other[part]);
	}
}

function makeNode(group) {
	return {
		groups: [group],
		local: new Sum(),
		cumulative: new Sum(),
		entry: new Sum(),
		droppedIn: new Sum(),
		droppedOut: new Sum(),
		in: [],
		out: [],
	};
}

// Groups from the outermost one to the site, loops cut out.
function pathOf(grouping, trace) {
	const { tree } = grouping;
	const stack = [];
	for (let i = grouping.siteOfTrace[trace]; i; i = tree.parent[i])
		if (!grouping.place(tree.group[i]).isCut) stack.push(tree.group[i]);
	const path = [];
	const seen = new Set();
	for (const group of stack.reverse()) {
		seen.add(group);
		const at = path.indexOf(group);
		if (at >= 0) path.length = at + 1;
		else path.push(group);
	}
	return { path: path.length ? path : [UNKNOWN], seen };
}

function addUp(view, grouping) {
	const nodes = new Map();
	const edges = new Map();
	const parts = ["a", "b", "d"].filter((part) => view[part]);
	const nodeOf = (group) => {
		if (!nodes.has(group)) nodes.set(group, makeNode(group));
		return nodes.get(group);
	};
	const edgeOf = (from, to) => {
		const key = from * 0x1000000 + to;
		if (!edges.has(key))
			edges.set(key, { from: nodeOf(from), to: nodeOf(to), flow: new Sum() });
		return edges.get(key);
	};
	for (let t = 1; t < view.a.n; t++) {
		const sums = parts.map((part) => view[part].at(t));
		if (sums.every((s) => s[0] === 0 && s[1] === 0)) continue;
		const { path, seen } = pathOf(grouping, t);
		parts.forEach((part, k) => {
			for (const group of seen) nodeOf(group).cumulative.add(part, sums[k]);
			if (!seen.size) nodeOf(UNKNOWN).cumulative.add(part, sums[k]);
			nodeOf(path[0]).entry.add(part, sums[k]);
			nodeOf(path[path.length - 1]).local.add(part, sums[k]);
			for (let i = 1; i < path.length; i++)
				edgeOf(path[i - 1], path[i]).flow.add(part, sums[k]);
		});
	}
	return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

// How large it is drawn: as the larger of the two that are compared.
export function sizeOf(view, sum) {
	const k = view.unit === "bytes" ? 0 : 1;
	return Math.max(sum.a[k], sum.b[k], 0);
}

function prune(view, { nodes, edges }, whole) {
	const size = (sum) => sizeOf(view, sum);
	const kept = nodes
		.filter((n) => size(n.cumulative) >= LEAST_NODE * whole)
		.sort((x, y) => size(y.cumulative) - size(x.cumulative))
		.slice(0, MOST_NODES);
	const isKept = new Set(kept);
	let dropped = 0;
	for (const edge of edges) {
		const { from, to, flow } = edge;
		const isBoth = isKept.has(from) && isKept.has(to);
		if (isBoth && size(flow) >= LEAST_EDGE * whole) {
			from.out.push(edge);
			to.in.push(edge);
			continue;
		}
		from.droppedOut.addAll(flow);
		to.droppedIn.addAll(flow);
		dropped++;
	}
	return {
		nodes: kept,
		droppedNodes: nodes.length - kept.length,
		droppedEdges: dropped,
	};
}

function isZero(sum) {
	return ["a", "b", "d"].every((part) => !sum[part][0] && !sum[part][1]);
}

// Who calls only one, which has no other caller, becomes one node with it.
function collapse(graph) {
	const gone = new Set();
	for (const node of graph.nodes) {
		while (!gone.has(node) && node.out.length === 1) {
			const { to } = node.out[0];
			const isLink =
				to !== node &&
				to.in.length === 1 &&
				isZero(node.local) &&
				isZero(node.droppedOut) &&
				isZero(to.entry) &&
				isZero(to.droppedIn);
			if (!isLink) break;
			node.groups.push(...to.groups);
			node.local = to.local;
			node.droppedOut = to.droppedOut;
			node.out = to.out;
			for (const edge of node.out) edge.from = node;
			gone.add(to);
		}
	}
	graph.nodes = graph.nodes.filter((node) => !gone.has(node));
}

export function flow(view, grouping) {
	const all = addUp(view, grouping);
	const k = view.unit === "bytes" ? 0 : 1;
	const whole = Math.max(view.a.total[k], view.b?.total[k] ?? 0);
	const graph = prune(view, all, whole);
	collapse(graph);
	graph.whole = whole;
	return graph;
}
