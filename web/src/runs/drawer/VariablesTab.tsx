import { useVirtualizer } from '@tanstack/react-virtual';
import { Braces, Pencil, PencilLine, Search } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { control } from '@/ui/field';
import type { RunView } from '../fold';
import type { Names } from '../useNames';
import { CopyValue } from '../values/CopyValue';
import { preview } from '../values/kinds';
import { useKindWord } from '../values/ValueList';
import { ValueView } from '../values/ValueView';
import { words } from '../words';
import { ValueEditor } from './ValueEditor';
import { filtered, type Variable, variablesOf } from './variables';

const ROW = 32;

/** Every value known so far: names on the left, the chosen one's value on the right. */
interface Props {
  runId: string | null;
  view: RunView;
  names: Names;
}

export default function VariablesTab({ runId, view, names }: Props) {
  const t = useT(words);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = useDeferredValue(query);
  const all = useMemo(() => variablesOf(view), [view]);
  const shown = useMemo(() => filtered(all, wanted, names.trail), [all, wanted, names]);
  // What a person is asked about stays as they were shown it.
  const changeable = view.status === 'paused' && view.pause?.reason !== 'approval';
  const current = shown.find((one) => one.path === chosen) ?? shown[0];
  if (!all.length) {
    return (
      <p className="flex h-full items-center justify-center gap-2 p-4 text-ink-3">
        <Braces size={16} aria-hidden="true" />
        {t('noVariables')}
      </p>
    );
  }
  return (
    <div className="grid h-full grid-cols-[minmax(260px,2fr)_minmax(0,3fr)] max-sm:grid-cols-1 max-sm:grid-rows-2">
      <div className="flex min-h-0 flex-col border-r border-line max-sm:border-r-0 max-sm:border-b">
        <div className="relative shrink-0 border-b border-line p-1.5">
          <Search size={14} aria-hidden="true" className="absolute top-1/2 left-3.5 -translate-y-1/2 text-ink-3" />
          <input
            type="search"
            aria-label={t('searchVariables')}
            placeholder={t('searchVariables')}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            className={cn(control, 'h-7! pl-7.5!')}
          />
        </div>
        <VariableNames shown={shown} current={current?.path ?? null} title={names.trail} onChoose={setChosen} />
      </div>
      {current ? (
        <Value key={current.path} runId={changeable ? runId : null} variable={current} query={wanted} />
      ) : (
        <p className="p-4 text-ink-3">{t('noHit')}</p>
      )}
    </div>
  );
}

interface ListProps {
  shown: Variable[];
  current: string | null;
  title(node: string): string;
  onChoose(path: string): void;
}

function VariableNames({ shown, current, title, onChoose }: ListProps) {
  const t = useT(words);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 8,
    initialRect: { width: 300, height: 300 },
  });
  const at = shown.findIndex((one) => one.path === current);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = shown.length - 1;
    const to: Record<string, number> = {
      ArrowDown: Math.min(last, at + 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: last,
    };
    const next = to[event.key];
    const one = next === undefined ? undefined : shown[next];
    if (!one || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(one.path);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  return (
    <div
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={t('tab_variables')}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      onKeyDown={onKeyDown}
      className="min-h-0 flex-1 overflow-y-auto -outline-offset-2"
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const one = shown[index];
          if (!one) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys; its options are never focused
            // biome-ignore lint/a11y/useFocusableInteractive: see above
            <div
              key={one.path}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onClick={() => onChoose(one.path)}
              className={cn(
                'absolute inset-x-0 top-0 grid h-8 cursor-pointer grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,8fr)] items-center gap-3 px-3',
                index === at ? 'bg-accent-soft' : 'hover:bg-sunken',
              )}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span className="truncate text-sm text-ink-3">{one.node === null ? t('inputs') : title(one.node)}</span>
              <span className="flex min-w-0 items-center gap-1.5 font-mono text-sm font-medium">
                <span className="truncate">{one.name}</span>
                {one.changedBy !== null && (
                  <PencilLine
                    size={13}
                    className="shrink-0 text-pause"
                    aria-label={t('changedBy', { who: one.changedBy })}
                  />
                )}
              </span>
              <span className="truncate text-sm text-ink-3">{preview(one.value, 80)}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface ValueProps {
  /** The run, where its values can be changed now. */
  runId: string | null;
  variable: Variable;
  query: string;
}

function Value({ runId, variable, query }: ValueProps) {
  const t = useT(words);
  const can = useCan();
  const kindWord = useKindWord();
  const [editing, setEditing] = useState(false);
  const name = `{{ ${variable.template} }}`;
  // What was searched for may be in the name only: then the value is shown as it is.
  const inside = query && preview(variable.value, 2000).toLowerCase().includes(query.trim().toLowerCase());
  const open = editing && runId !== null;
  return (
    <section aria-label={variable.path} className="min-h-0 overflow-y-auto">
      <div className="sticky top-0 z-10 flex min-h-10 flex-wrap items-center gap-x-2 border-b border-line bg-surface px-3">
        <code className="min-w-0 truncate font-mono text-sm font-medium">{name}</code>
        <span className="shrink-0 text-xs text-ink-3">{kindWord(variable.value)}</span>
        {variable.changedBy !== null && (
          <Badge tone="pause" icon={PencilLine}>
            {t('changedBy', { who: variable.changedBy })}
          </Badge>
        )}
        <span className="ml-auto flex items-center">
          {runId && can('run.debug') && !open && (
            <Button size="small" icon={Pencil} onClick={() => setEditing(true)}>
              {t('edit')}
            </Button>
          )}
          <CopyButton size="small" label={t('copyName')} text={name} />
          <CopyValue value={variable.value} name={variable.path} />
        </span>
      </div>
      {open ? (
        <ValueEditor runId={runId} variable={variable} onDone={() => setEditing(false)} />
      ) : (
        <div className="p-3">
          <ValueView value={variable.value} name={variable.path} query={inside ? query.trim() : ''} />
        </div>
      )}
    </section>
  );
}
