/** Every breakpoint and every pinned output of the app, with what can be done about each. */
import { CircleDot, CircleEqual, Pin, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { useEditor } from '@/canvas/graph/store';
import { useT, useText } from '@/i18n';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { words } from '../words';
import { Condition, useConditionShape } from './Condition';
import { goToNode, useDraftNodes } from './known';
import { useDebug } from './store';

export default function BreakpointsTab() {
  const t = useT(words);
  const text = useText();
  const nodes = useDraftNodes();
  const types = useEditor((state) => state.types);
  const { breakpoints, pins, toggle, remove, unpin, clear } = useDebug();
  const [open, setOpen] = useState<string | null>(null);
  const shape = useConditionShape();
  const titles = new Map(
    nodes.map(({ path, node }) => [path, node.title || text(types.get(node.type)?.label) || node.id]),
  );
  const trail = (path: string) => {
    const parts = path.split('/');
    return parts.map((_, at) => titles.get(parts.slice(0, at + 1).join('/')) ?? parts[at]).join(' › ');
  };
  const shown = nodes.filter(({ path }) => breakpoints[path]);
  const free = nodes.filter(({ path }) => !breakpoints[path]);
  const pinned = Object.keys(pins).filter((id) => titles.has(id));
  return (
    <div className="grid h-full grid-cols-2 max-sm:block max-sm:overflow-y-auto">
      <section
        aria-label={t('tab_debug')}
        className="min-h-0 overflow-y-auto border-r border-line p-3 max-sm:border-r-0"
      >
        <div className="mb-2 flex items-center gap-2">
          <Select
            label={t('addBreakpoint')}
            className="h-7! w-64! max-sm:w-full!"
            value=""
            placeholder={t('addBreakpoint')}
            onChange={toggle}
            options={free.map(({ path }) => ({ value: path, label: trail(path) }))}
          />
          {shown.length + pinned.length > 0 && (
            <Button size="small" variant="ghost" icon={Trash2} onClick={clear}>
              {t('clearAll')}
            </Button>
          )}
        </div>
        {!shown.length && <p className="text-ink-3">{t('noBreakpoints')}</p>}
        <ul className="flex flex-col gap-1">
          {shown.map(({ path, node }) => {
            const { condition } = breakpoints[path] ?? { condition: [] };
            const Icon = condition.length ? CircleEqual : CircleDot;
            return (
              <li key={path} className="rounded-md border border-line">
                <div className="flex items-center gap-2 pr-1 pl-2">
                  <Icon size={15} aria-hidden="true" className="shrink-0 text-pause" />
                  <button
                    type="button"
                    onClick={() => goToNode(path)}
                    className="min-h-8 min-w-0 flex-1 truncate text-left font-medium hover:underline"
                  >
                    {trail(path)}
                    <span className="ml-2 font-mono text-xs font-normal text-ink-3">{node.id}</span>
                  </button>
                  {shape && (
                    <Button
                      size="small"
                      variant="ghost"
                      aria-expanded={open === path}
                      onClick={() => setOpen(open === path ? null : path)}
                    >
                      {condition.length ? t('nConditions', { n: condition.length }) : t('addCondition')}
                    </Button>
                  )}
                  <IconButton
                    size="small"
                    icon={X}
                    label={t('removeBreakpoint', { node: trail(path) })}
                    onClick={() => remove(path)}
                  />
                </div>
                {shape && open === path && <Condition path={path} shape={shape} />}
              </li>
            );
          })}
        </ul>
      </section>
      <section aria-label={t('pinned')} className="min-h-0 overflow-y-auto p-3">
        <h3 className="mb-2 flex h-7 items-center font-semibold">{t('pinned')}</h3>
        {!pinned.length && <p className="text-ink-3">{t('noPins')}</p>}
        <ul className="flex flex-col gap-1">
          {pinned.map((id) => (
            <li key={id} className="flex items-center gap-2 rounded-md border border-line pr-1 pl-2">
              <Pin size={15} aria-hidden="true" className="shrink-0 text-accent" />
              <button
                type="button"
                onClick={() => goToNode(id)}
                className="min-h-8 min-w-0 flex-1 truncate text-left font-medium hover:underline"
              >
                {titles.get(id)}
                <span className="ml-2 font-mono text-xs font-normal text-ink-3">
                  {Object.keys(pins[id] ?? {}).join(', ')}
                </span>
              </button>
              <Button size="small" variant="ghost" onClick={() => unpin(id)}>
                {t('unpin')}
              </Button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
