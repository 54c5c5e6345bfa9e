import { ChevronRight, CornerLeftUp } from 'lucide-react';
import { useEditor } from '@/canvas/graph/store';
import { useT, useText } from '@/i18n';
import { IconButton } from '@/ui/icon-button';
import { words } from './words';

/** Which container the canvas looks into, and the ways out of it. Nothing while it shows the app's own graph. */
export function Crumbs({ app }: { app: string }) {
  const t = useT(words);
  const text = useText();
  const focus = useEditor((state) => state.focus);
  const { whole, types, leave } = useEditor.getState();
  if (!focus.length) return null;
  let nodes = whole.nodes;
  const steps = focus.map((id) => {
    const node = nodes.find((one) => one.id === id);
    nodes = (node?.config?.graph as { nodes: typeof nodes } | undefined)?.nodes ?? [];
    return { id, title: node?.title || text(types.get(node?.type ?? '')?.label) || id };
  });
  return (
    <nav
      aria-label={t('inside')}
      className="flex h-10 items-center gap-0.5 rounded-lg border border-line bg-surface pr-3 pl-1 shadow-raised"
    >
      <IconButton icon={CornerLeftUp} label={t('outside')} size="small" onClick={() => leave(focus.length - 1)} />
      <button type="button" className="h-7 rounded-md px-1.5 text-ink-2 hover:bg-sunken" onClick={() => leave(0)}>
        {app}
      </button>
      {steps.map(({ id, title }, depth) => (
        <span key={id} className="flex items-center gap-0.5">
          <ChevronRight size={14} aria-hidden="true" className="text-ink-3" />
          {depth === steps.length - 1 ? (
            <span aria-current="page" className="px-1.5 font-semibold">
              {title} <code className="font-mono text-xs font-normal text-ink-3">{id}</code>
            </span>
          ) : (
            <button
              type="button"
              className="h-7 rounded-md px-1.5 text-ink-2 hover:bg-sunken"
              onClick={() => leave(depth + 1)}
            >
              {title}
            </button>
          )}
        </span>
      ))}
    </nav>
  );
}
