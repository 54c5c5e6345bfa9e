/** The editor's document: one open graph, its history, what is selected, and what the checker last said of it.
 *
 * Every change of the graph is a named edit (`edit`), from which undo, redo and saving follow. Selection, places while
 * dragging and the checker's answers are view state: not saved, not undone. Run status lives in `@/runs/store`.
 */
import { create } from 'zustand';
import type { Checked, GraphNode, NodePorts, NodeType, NodeTypes, Problem } from '@/api/types';
import * as clipboard from './clipboard';
import { type Connection, connection, type Ends, type Refusal, type Surroundings } from './connect';
import { type Doc, type DocEdge, freeNodeId, type Point, portsOf, positionOf, snap } from './document';
import { EMPTY, edited, type History, redone, undone } from './history';
import { type Focus, portsWithin, prepared, problemsWithin, type Said, within } from './inside';
import { keptSame } from './same';
import { type TypeTable, typeTable } from './types';

export interface Selection {
  nodes: readonly string[];
  edges: readonly string[];
}

const NOTHING: Selection = { nodes: [], edges: [] };

export interface EditorState {
  appId: string;
  /** The app's graph, all of it: what is saved and undone. */
  whole: Doc;
  /** The containers that the canvas looks into. */
  focus: Focus;
  /** The graph in focus. So are `problems`, `ports` and `edgeIds`. */
  doc: Doc;
  history: History;
  selection: Selection;
  /** False for those who may look but not change. */
  canEdit: boolean;
  types: ReadonlyMap<string, NodeType>;
  table: TypeTable;
  /** The checker's last answer. `edge` of a problem is an index into the graph that was checked: see `edgeIds`. */
  problems: readonly Problem[];
  ports: Readonly<Record<string, NodePorts>>;
  /** What the checker said of the whole. */
  said: Said;
  /** Ids of the edges in the order that the checked graph had them. */
  edgeIds: readonly string[];
  /** How often the checker has answered: what was asked of an older graph is stale. */
  checks: number;
  /** Places of nodes that are being dragged. */
  dragged: ReadonlyMap<string, Point>;

  open(appId: string, doc: Doc, checked: Checked, types: NodeTypes, canEdit: boolean): void;
  setTypes(types: NodeTypes): void;
  setChecked(checked: Checked, edgeIds: readonly string[]): void;
  /** Looks into a container of the graph in focus. */
  enter(id: string): void;
  /** Looks at the graph `depth` containers in: 0 is the app's own. */
  leave(depth: number): void;
  select(selection: Partial<Selection>): void;
  drag(places: ReadonlyMap<string, Point>): void;

  /** The one way to change the graph. `name` is a key of the canvas's words; edits with one `key` in a row join. */
  edit(name: string, recipe: (draft: Doc) => void, key?: string): void;
  undo(): void;
  redo(): void;

  /** Adds a node of a type and selects it; `from` also connects it. Returns its id. */
  add(type: string, at: Point, from?: { source: string; sourceHandle: string | null }): string;
  connect(ends: Ends): Refusal | null;
  remove(selection: Selection): void;
  move(places: ReadonlyMap<string, Point>, name?: string): void;
  /** Sets one setting; undefined takes it out. */
  setConfig(id: string, field: string, value: unknown): void;
  patchNode(id: string, patch: Partial<Omit<GraphNode, 'id' | 'type'>>): void;
  /** False where the id is taken or is none. Renames it in edges and templates too. */
  rename(id: string, to: string): boolean;
  setMapping(edgeId: string, mapping: Record<string, string>): void;
  copy(): string;
  /** False where the text holds no nodes. */
  paste(text: string, at?: Point): boolean;
  duplicate(): void;
}

const BLANK: Doc = { nodes: [], edges: [], ui: {} };

export const useEditor = create<EditorState>((set, get) => ({
  appId: '',
  whole: BLANK,
  focus: [],
  doc: BLANK,
  said: { problems: [], ports: {}, edgeIds: [] },
  history: EMPTY,
  selection: NOTHING,
  canEdit: false,
  types: new Map(),
  table: new Map(),
  problems: [],
  ports: {},
  edgeIds: [],
  checks: 0,
  dragged: new Map(),

  open: (appId, doc, checked, types, canEdit) => {
    set({ appId, whole: doc, focus: [], doc, history: EMPTY, selection: NOTHING, canEdit, dragged: new Map() });
    get().setTypes(types);
    get().setChecked(
      checked,
      doc.edges.map((edge) => edge.id),
    );
  },
  setTypes: (types) => set({ types: new Map(types.types.map((type) => [type.type, type])), table: typeTable(types) }),
  setChecked: ({ problems, ports }, edgeIds) =>
    set((state) => {
      const said = { problems, ports, edgeIds };
      return { said, checks: state.checks + 1, ...shown(said, state.focus, state.whole, state.ports) };
    }),
  enter: (id) => set((state) => looking(state, [...state.focus, id])),
  leave: (depth) => set((state) => looking(state, state.focus.slice(0, depth))),
  select: (selection) => set((state) => ({ selection: { ...NOTHING, ...pruned(selection, state.doc) } })),
  drag: (dragged) => set({ dragged }),

  edit: (name, recipe, key) => {
    const { whole, focus, history, canEdit } = get();
    if (!canEdit) return;
    const inFocus = (draft: Doc) => recipe(within(draft, focus) ?? draft);
    const [next, then] = edited(whole, history, name, inFocus, key && `${focus.join('/')} ${key}`);
    if (next !== whole) set({ whole: next, doc: within(next, focus) ?? next, history: then });
  },
  undo: () => set((state) => (state.canEdit ? stepped(state, undone) : state)),
  redo: () => set((state) => (state.canEdit ? stepped(state, redone) : state)),

  add: (type, at, from) => {
    const { doc, types } = get();
    const id = freeNodeId(type, new Set(doc.nodes.map((node) => node.id)));
    const config = structuredClone(types.get(type)?.defaults ?? {});
    const node: GraphNode = { id, type, config, ui: { x: snap(at.x), y: snap(at.y) } };
    get().edit('edit_add', (draft) => {
      draft.nodes.push(node);
      if (!from) return;
      const ends = { ...from, target: id, targetHandle: null };
      const made = connection({ ...doc, nodes: [...doc.nodes, node] }, ends, around(get(), node));
      if ('edge' in made) write(draft, made);
    });
    set({ selection: { nodes: [id], edges: [] } });
    return id;
  },
  connect: (ends) => {
    const made = connection(get().doc, ends, around(get()));
    if ('why' in made) return made;
    get().edit('edit_connect', (draft) => write(draft, made));
    return null;
  },
  remove: ({ nodes, edges }) => {
    const [gone, cut] = [new Set(nodes), new Set(edges)];
    get().edit(gone.size ? 'edit_remove' : 'edit_disconnect', (draft) => {
      draft.nodes = draft.nodes.filter((node) => !gone.has(node.id));
      draft.edges = draft.edges.filter((edge) => !cut.has(edge.id) && !gone.has(edge.source) && !gone.has(edge.target));
    });
    set((state) => ({ selection: { ...NOTHING, ...pruned(state.selection, state.doc) } }));
  },
  move: (places, name = 'edit_move') =>
    get().edit(
      name,
      (draft) => {
        for (const node of draft.nodes) {
          const place = places.get(node.id);
          if (!place) continue;
          const [x, y] = [snap(place.x), snap(place.y)];
          const before = positionOf(node);
          if (before.x !== x || before.y !== y) node.ui = { ...node.ui, x, y };
        }
      },
      name === 'edit_move' ? `move ${[...places.keys()].join()}` : undefined,
    ),
  setConfig: (id, field, value) =>
    get().edit(
      'edit_config',
      (draft) => {
        const node = draft.nodes.find((one) => one.id === id);
        if (!node) return;
        const config = { ...node.config };
        if (value === undefined) delete config[field];
        else config[field] = value;
        node.config = config;
      },
      `config ${id} ${field}`,
    ),
  patchNode: (id, patch) =>
    get().edit(
      'title' in patch ? 'edit_title' : 'edit_config',
      (draft) => {
        const node = draft.nodes.find((one) => one.id === id);
        if (node) Object.assign(node, patch);
      },
      `node ${id} ${Object.keys(patch).join()}`,
    ),
  rename: (id, to) => {
    const { doc } = get();
    if (id === to) return true;
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(to) || doc.nodes.some((node) => node.id === to)) return false;
    const renamed = new Map([[id, to]]);
    get().edit('edit_rename', (draft) => {
      draft.nodes = doc.nodes.map((node) => ({
        ...clipboard.withNames(node, renamed),
        id: renamed.get(node.id) ?? node.id,
      }));
      for (const edge of draft.edges) {
        if (edge.source === id) edge.source = to;
        if (edge.target === id) edge.target = to;
      }
    });
    set({ selection: { nodes: [to], edges: [] } });
    return true;
  },
  setMapping: (edgeId, mapping) =>
    get().edit('edit_mapping', (draft) => {
      const edge = draft.edges.find((one) => one.id === edgeId);
      if (!edge) return;
      const { mapping: _, ...rest } = edge.data ?? {};
      if (Object.keys(mapping).length) edge.data = { ...rest, mapping };
      else if (Object.keys(rest).length) edge.data = rest;
      else delete edge.data;
    }),
  copy: () => clipboard.copied(get().doc, get().selection.nodes),
  paste: (text, at) => {
    const piece = clipboard.readPiece(text);
    if (!piece) return false;
    let ids: string[] = [];
    get().edit('edit_paste', (draft) => {
      ids = clipboard.paste(draft, piece, at && { x: snap(at.x), y: snap(at.y) });
    });
    set({ selection: { nodes: ids, edges: [] } });
    return true;
  },
  duplicate: () => {
    const text = get().copy();
    get().paste(text);
  },
}));

function stepped(state: EditorState, step: typeof undone): Partial<EditorState> {
  const [whole, history] = step(state.whole, state.history);
  const next = looking({ ...state, whole }, state.focus);
  const doc = next.doc ?? whole;
  return { ...next, whole, history, selection: { ...NOTHING, ...pruned(state.selection, doc) } };
}

/** The state with another graph in focus; as far in as there are graphs. */
function looking(state: EditorState, focus: Focus): Partial<EditorState> {
  let depth = focus.length;
  while (depth && !within(state.whole, focus.slice(0, depth))) depth--;
  const reached = focus.slice(0, depth);
  const whole = prepared(state.whole, reached);
  const same = reached.join('/') === state.focus.join('/');
  return {
    whole,
    focus: same ? state.focus : reached,
    doc: within(whole, reached) ?? whole,
    ...(same ? {} : { selection: NOTHING, dragged: new Map(), ...shown(state.said, reached, whole, {}) }),
  };
}

/** What the checker said of the graph in focus; ports that it says again stay the same objects. */
function shown(said: Said, focus: Focus, whole: Doc, before: Readonly<Record<string, NodePorts>>) {
  return {
    problems: problemsWithin(said.problems, focus, whole),
    ports: keptSame(before, portsWithin(said.ports, focus)),
    edgeIds: focus.length ? [] : said.edgeIds,
  };
}

function pruned(selection: Partial<Selection>, doc: Doc): Partial<Selection> {
  const nodes = new Set(doc.nodes.map((node) => node.id));
  const edges = new Set(doc.edges.map((edge) => edge.id));
  return {
    nodes: selection.nodes?.filter((id) => nodes.has(id)) ?? [],
    edges: selection.edges?.filter((id) => edges.has(id)) ?? [],
  };
}

function around(state: EditorState, fresh?: GraphNode): Surroundings {
  return {
    table: state.table,
    portsOf: (id) => (id === fresh?.id ? portsOf(fresh, undefined, state.types.get(fresh.type)) : nodePorts(state, id)),
  };
}

function write(draft: Doc, made: Connection) {
  if (made.replaces) {
    const place = draft.edges.findIndex((edge) => edge.id === made.replaces);
    if (place >= 0) draft.edges[place] = { ...made.edge, id: made.replaces };
    return;
  }
  const taken = new Set(draft.edges.map((edge) => edge.id));
  let n = draft.edges.length + 1;
  while (taken.has(`e${n}`)) n++;
  draft.edges.push({ ...made.edge, id: `e${n}` } as DocEdge);
}

const fallback = new WeakMap<GraphNode, NodePorts>();
const NO_PORTS: NodePorts = { inputs: [], outputs: [], branches: [] };

/** Ports of a node now, the same object as long as nothing changed: usable as a selector. */
export function nodePorts(state: EditorState, id: string): NodePorts {
  const checked = state.ports[id];
  if (checked) return checked;
  const node = state.doc.nodes.find((one) => one.id === id);
  if (!node) return NO_PORTS;
  let found = fallback.get(node);
  if (!found) {
    found = portsOf(node, undefined, state.types.get(node.type));
    fallback.set(node, found);
  }
  return found;
}
