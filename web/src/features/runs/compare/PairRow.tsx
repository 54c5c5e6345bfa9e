import { ChevronRight, Equal, EqualNot } from 'lucide-react';
import { useState } from 'react';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { TextDiff } from '@/runs/diff/TextDiff';
import type { NodeView, RunView } from '@/runs/fold';
import type { Names } from '@/runs/useNames';
import { ValueList } from '@/runs/values/ValueList';
import { Status } from '@/ui/status';
import { words } from '../words';
import { PassPairs } from './PassPairs';
import { type Difference, msOf, outputPairs, type Pair, tokensOf } from './rows';

const WORDS = { status: 'otherStatus', branch: 'otherBranch', outputs: 'otherOutputs', inside: 'otherInside' } as const;

interface Props {
  pair: Pair;
  names: Names;
  views: [RunView, RunView];
}

/** One node in both runs; unfolded, what differs in what it gave, and in its passes. */
export function PairRow({ pair, names, views }: Props) {
  const t = useT(words);
  const [open, setOpen] = useState(false);
  const { path, a, b, differs } = pair;
  const say = (one: Difference) =>
    one === 'only_a' || one === 'only_b' ? t('onlyIn', { run: t(one === 'only_a' ? 'runA' : 'runB') }) : t(WORDS[one]);
  const same = differs.length === 0;
  const Sign = same ? Equal : EqualNot;
  return (
    <li className="border-t border-line first:border-t-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="grid min-h-11 w-full grid-cols-[minmax(160px,1.2fr)_minmax(0,1fr)_minmax(0,1fr)] items-center gap-x-4 px-3 py-1.5 text-left -outline-offset-2 hover:bg-sunken/60 max-md:grid-cols-2"
      >
        <span className="flex min-w-0 items-center gap-2 max-md:col-span-2">
          <ChevronRight size={14} aria-hidden="true" className={cn('shrink-0 text-ink-3', open && 'rotate-90')} />
          <span className="min-w-0">
            <span className="block truncate font-medium">{names.title(path)}</span>
            <span className={cn('flex items-center gap-1 text-sm', same ? 'text-ink-3' : 'font-medium text-warn')}>
              <Sign size={13} aria-hidden="true" className="shrink-0" />
              {same ? t('sameOutputs') : differs.map(say).join(' · ')}
            </span>
          </span>
        </span>
        <Cell node={a} other={b} />
        <Cell node={b} other={a} />
      </button>
      {open && (
        <div className="flex flex-col gap-3 border-t border-line bg-canvas px-3 py-3 pl-9 max-md:pl-3">
          <Outputs pair={pair} />
          <PassPairs container={path} names={names} views={views} />
        </div>
      )}
    </li>
  );
}

function Cell({ node, other }: { node: NodeView | null; other: NodeView | null }) {
  const t = useT(words);
  const format = useFormat();
  if (!node) return <span className="text-sm text-ink-3">{t('notRun')}</span>;
  const ms = msOf(node);
  const tokens = tokensOf(node);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 text-sm">
      <Status status={node.status} />
      {ms !== null && <span className="figures text-ink-2">{format.duration(ms)}</span>}
      {tokens > 0 && (
        <span className="figures text-ink-3">
          {format.number(tokens)} {t('tokens')}
        </span>
      )}
      {node.branch && (
        <span className={cn('truncate', node.branch === other?.branch ? 'text-ink-3' : 'font-medium text-warn')}>
          {t('tookBranch', { branch: node.branch })}
        </span>
      )}
    </span>
  );
}

function Outputs({ pair }: { pair: Pair }) {
  const t = useT(words);
  const outputs = outputPairs(pair);
  const equal = Object.fromEntries(outputs.filter((one) => one.same).map(({ name, a }) => [name, a]));
  return (
    <>
      {outputs
        .filter((one) => !one.same)
        .map(({ name, a, b }) => (
          <section key={name} aria-label={name}>
            <h4 className="mb-1 font-mono text-sm font-medium text-ink-2">{name}</h4>
            <TextDiff a={a} b={b} />
          </section>
        ))}
      {outputs.length === 0 && <p className="text-ink-3">{t('noOutputs')}</p>}
      {Object.keys(equal).length > 0 && (
        <details>
          <summary className="w-fit cursor-pointer text-sm text-ink-3">{t('sameValue')}</summary>
          <ValueList values={equal} />
        </details>
      )}
    </>
  );
}
