/** A node on the canvas. Its size is geometry's; its state in the run is its own subscription. */
import type { NodeProps } from '@xyflow/react';
import { type CSSProperties, memo } from 'react';
import type { GraphNode, NodeType } from '@/api/types';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { useNodeRun, useRun } from '@/runs/store';
import { HEAD, rowsOf } from '../graph/geometry';
import { useEditor } from '../graph/store';
import { isAnimated } from './animated';
import { CardBoundary } from './CardBoundary';
import { DebugMarks } from './DebugMarks';
import { useDetail } from './detail';
import type { CardNode } from './flow';
import { hueOf } from './icons';
import { nodeProblems } from './lookup';
import { NodePortList } from './NodePortList';
import { ProblemMark } from './ProblemMark';
import { RunFoot } from './RunFoot';
import { useSpoken } from './spoken';
import { type Look, STATUS } from './statusLook';
import { TypeTile } from './TypeTile';
import { useWords } from './words';

export const NodeCard = memo(function NodeCard({ id, data, selected, isConnectable }: NodeProps<CardNode>) {
  const far = useDetail() === 'far';
  return (
    <CardBoundary id={id}>
      <Card id={id} data={data} selected={selected} />
      {!far && <NodePortList id={id} ports={data.ports} connectable={isConnectable} />}
    </CardBoundary>
  );
});

const Card = memo(function Card({ id, data, selected }: Pick<NodeProps<CardNode>, 'id' | 'data' | 'selected'>) {
  const far = useDetail() === 'far';
  const { node, ports } = data;
  const type = useEditor((state) => state.types.get(node.type));
  const status = useNodeRun(id)?.status ?? 'idle';
  const animated = useRun((state) => isAnimated(state.view, id));
  const spoken = useSpoken(id);
  const broken = useEditor((state) => nodeProblems(state.problems, id).some((one) => one.severity === 'error'));
  const look = status === 'idle' ? null : STATUS[status];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups form fields; this is a part of a drawing
    <div
      role="group"
      aria-label={spoken}
      tabIndex={-1}
      data-card={id}
      data-status={status}
      data-broken={broken || undefined}
      className={cn(
        'node-card',
        selected && 'is-selected',
        !rowsOf(ports) && 'is-bare',
        !type && 'is-unknown',
        status !== 'idle' && 'has-run',
      )}
      style={{ '--hue': hueOf(type?.category) } as CSSProperties}
    >
      {!far && <Face node={node} summary={ports.summary} type={type} look={look} animated={animated} />}
      {!far && <ProblemMark id={id} />}
      {!far && <DebugMarks id={id} />}
    </div>
  );
});

interface FaceProps {
  node: GraphNode;
  summary: string | null | undefined;
  type: NodeType | undefined;
  look: Look | null;
  animated: boolean;
}

/** What is written on a card. */
function Face({ node, summary, type, look, animated }: FaceProps) {
  const t = useWords();
  const text = useText();
  const typeLabel = type ? text(type.label) : t('unknownType');
  const fact = type ? summary : node.type;
  return (
    <>
      <div className="flex items-center gap-2.5 px-3" style={{ height: HEAD }}>
        <TypeTile type={type} />
        <div className="min-w-0 flex-1">
          <div className="flex items-center gap-2">
            <span
              className="node-title min-w-0 flex-1 truncate text-base font-semibold"
              title={node.title || undefined}
            >
              {node.title || typeLabel}
            </span>
            {look && (
              <span className={cn('node-status flex shrink-0 items-center gap-1 text-xs font-medium', look.color)}>
                <look.icon size={13} aria-hidden="true" className={animated ? 'animate-spin' : undefined} />
                <span>{t(look.word)}</span>
              </span>
            )}
          </div>
          <div className="node-fact truncate text-sm text-ink-3" title={type ? undefined : t('unknownHint')}>
            {node.title ? typeLabel : <span className="font-mono text-xs">{node.id}</span>}
            {fact && <span> · {fact}</span>}
          </div>
        </div>
      </div>
      <RunFoot id={node.id} />
    </>
  );
}
