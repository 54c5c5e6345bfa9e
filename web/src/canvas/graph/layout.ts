/** Tidy up: a layered layout by ELK, in its own worker file, loaded the first time it is asked for. */
import type { NodePorts } from '@/api/types';
import { type Doc, endsOf, type Point, snap } from './document';
import { heightOf, portPlaces, WIDTH } from './geometry';

export async function tidied(doc: Doc, portsOf: (id: string) => NodePorts): Promise<Map<string, Point>> {
  const [{ default: Elk }, { default: workerUrl }] = await Promise.all([
    import('elkjs/lib/elk-api.js'),
    import('elkjs/lib/elk-worker.min.js?url'),
  ]);
  const elk = new Elk({ workerUrl });
  const known = new Set(doc.nodes.map((node) => node.id));
  try {
    const laid = await elk.layout({
      id: 'root',
      layoutOptions: {
        'elk.algorithm': 'layered',
        'elk.direction': 'RIGHT',
        'elk.layered.spacing.nodeNodeBetweenLayers': '72',
        'elk.spacing.nodeNode': '40',
        'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
        'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      },
      children: doc.nodes.map((node) => {
        const ports = portsOf(node.id);
        return {
          id: node.id,
          width: WIDTH,
          height: heightOf(ports),
          layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
          ports: portPlaces(ports).map(({ handle, side, y }) => ({
            id: `${node.id} ${handle}`,
            x: side === 'left' ? 0 : WIDTH,
            y,
            width: 0,
            height: 0,
          })),
        };
      }),
      edges: doc.edges
        .filter((edge) => known.has(edge.source) && known.has(edge.target))
        .map((edge) => {
          const { from, to } = endsOf(edge, portsOf(edge.source), portsOf(edge.target));
          return { id: edge.id, sources: [`${edge.source} ${from}`], targets: [`${edge.target} ${to}`] };
        }),
    });
    return new Map((laid.children ?? []).map((node) => [node.id, { x: snap(node.x ?? 0), y: snap(node.y ?? 0) }]));
  } finally {
    elk.terminateWorker();
  }
}
