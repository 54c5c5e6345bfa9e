/** The drawing surface: xyflow fed from the document, and what people do on it given back to the document. */
import {
  Background,
  BackgroundVariant,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useStore,
  useStoreApi,
  type Viewport,
} from '@xyflow/react';
import { type DragEvent, type MouseEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { nodePorts, useEditor } from '../graph/store';
import { useActions } from './actions';
import { ConnectionLine } from './ConnectionLine';
import type { Commands } from './commands';
import { beginConnecting } from './connecting';
import { DetailContext, detailOf } from './detail';
import { DRAGGED_TYPE } from './drop';
import { type CardNode, flowEdges, flowNodes } from './flow';
import { enterEdge, leaveEdge } from './hover';
import { hueOf } from './icons';
import { nodesById } from './lookup';
import { MappedEdge } from './MappedEdge';
import { NodeCard } from './NodeCard';
import { useDocumentChanges } from './useDocumentChanges';
import { useDrops } from './useDrops';
import { useResize } from './useResize';
import { useView } from './view';
import { MIN_ZOOM, wholeGraph } from './whole';
import { useWords } from './words';

const NODE_TYPES = { card: NodeCard };
const EDGE_TYPES = { mapped: MappedEdge };
const GRID: [number, number] = [10, 10];
const MULTI = ['Meta', 'Control', 'Shift'];
const NO_ATTRIBUTION = { hideAttribution: true };

/** Nodes and edges for xyflow. */
function useFlow() {
  const doc = useEditor((state) => state.doc);
  const ports = useEditor((state) => state.ports);
  const types = useEditor((state) => state.types);
  const selection = useEditor((state) => state.selection);
  const dragged = useEditor((state) => state.dragged);
  const selectedNodes = useMemo(() => new Set(selection.nodes), [selection.nodes]);
  const selectedEdges = useMemo(() => new Set(selection.edges), [selection.edges]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: ports and types are what portsOf reads
  const portsOf = useMemo(() => (id: string) => nodePorts(useEditor.getState(), id), [doc.nodes, ports, types]);
  const nodes = useMemo(
    () => flowNodes(doc.nodes, portsOf, selectedNodes, dragged),
    [doc.nodes, portsOf, selectedNodes, dragged],
  );
  const edges = useMemo(
    () => flowEdges(doc.edges, nodesById(doc.nodes), portsOf, selectedEdges),
    [doc.edges, doc.nodes, portsOf, selectedEdges],
  );
  return { nodes, edges };
}

/** xyflow measures every card and port that comes into view, whatever it was told. Geometry knows better: no layout is
 * forced, and edges keep the places that no port is drawn at. */
function useNoMeasuring() {
  const store = useStoreApi();
  // Before the first card is drawn: xyflow's observer keeps the function that it finds then.
  useState(() => store.setState({ updateNodeInternals: () => {} }));
}

function minimapColor(node: CardNode): string {
  return hueOf(useEditor.getState().types.get(node.data.node.type)?.category);
}

/** Draws as soon as the size of its place is known, which is before anything is painted. */
export function Surface({ commands }: { commands: Commands }) {
  const place = useRef<HTMLDivElement>(null);
  const [viewport, setViewport] = useState<Viewport | null>(null);
  useLayoutEffect(() => {
    const box = place.current?.getBoundingClientRect();
    if (box) setViewport(wholeGraph(box.width, box.height) ?? { x: 0, y: 0, zoom: 1 });
  }, []);
  return (
    <div ref={place} className="absolute inset-0">
      {viewport && <Drawing viewport={viewport} commands={commands} />}
    </div>
  );
}

function Drawing({ viewport, commands }: { viewport: Viewport; commands: Commands }) {
  const t = useWords();
  const { locked, openPanel } = useActions();
  const { nodes, edges } = useFlow();
  useNoMeasuring();
  useResize(commands);
  const detail = useStore((state) => detailOf(state.transform[2]));
  const minimap = useView((view) => view.minimap);
  const changes = useDocumentChanges();
  const drops = useDrops();
  const setView = useView.getState().set;
  const words = useMemo(
    () => ({ 'minimap.ariaLabel': t('minimap'), 'handle.ariaLabel': t('port'), 'controls.ariaLabel': t('toolbar') }),
    [t],
  );
  const onDoubleClick = (event: MouseEvent) => {
    if (locked || !(event.target as Element).classList.contains('react-flow__pane')) return;
    setView({ adding: drops.placeOf(event.clientX, event.clientY) });
  };
  const onDragOver = (event: DragEvent) => {
    if (locked || !event.dataTransfer.types.includes(DRAGGED_TYPE)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  };
  return (
    <DetailContext value={detail}>
      <ReactFlow
        className="canvas"
        data-detail={detail}
        // Tab comes here, then goes from node to node: see useKeys.
        tabIndex={0}
        aria-label={t('drawing')}
        ariaLabelConfig={words}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        {...changes}
        onConnect={drops.onConnect}
        onConnectStart={(_, { nodeId, handleId, handleType }) =>
          nodeId && handleType && beginConnecting({ node: nodeId, handle: handleId, side: handleType })
        }
        onConnectEnd={drops.onConnectEnd}
        isValidConnection={drops.isValid}
        connectionLineComponent={ConnectionLine}
        connectionRadius={26}
        connectOnClick={false}
        onNodeDoubleClick={openPanel}
        onEdgeMouseEnter={(_, edge) => enterEdge(edge.id)}
        onEdgeMouseLeave={leaveEdge}
        onEdgeDoubleClick={(_, edge) => setView({ mapping: edge.id })}
        onDoubleClick={onDoubleClick}
        onDragOver={onDragOver}
        onDrop={drops.onDrop}
        onlyRenderVisibleElements
        nodesDraggable={!locked}
        nodesConnectable={!locked}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={MULTI}
        panActivationKeyCode="Space"
        panOnScroll
        panOnDrag={[1, 2]}
        zoomOnDoubleClick={false}
        elevateNodesOnSelect={false}
        snapToGrid
        snapGrid={GRID}
        minZoom={MIN_ZOOM}
        maxZoom={2}
        // Not xyflow's fitView: that draws near first, and waits for cards to be measured.
        defaultViewport={viewport}
        proOptions={NO_ATTRIBUTION}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--line)" />
        {minimap && (
          <MiniMap
            pannable
            zoomable
            position="bottom-right"
            nodeColor={minimapColor}
            nodeBorderRadius={12}
            bgColor="var(--surface)"
            maskColor="color-mix(in srgb, var(--canvas) 72%, transparent)"
            maskStrokeColor="var(--line-strong)"
            maskStrokeWidth={1.5}
            style={{ width: 184, height: 124 }}
          />
        )}
      </ReactFlow>
    </DetailContext>
  );
}
