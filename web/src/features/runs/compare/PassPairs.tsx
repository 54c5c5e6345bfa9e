import { Equal, EqualNot } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useT } from '@/i18n';
import type { RunView } from '@/runs/fold';
import type { Names } from '@/runs/useNames';
import { Button } from '@/ui/button';
import { words } from '../words';
import { PairRow } from './PairRow';
import { passesOf } from './passes';

const AT_ONCE = 20;

interface Props {
  container: string;
  names: Names;
  views: [RunView, RunView];
}

/** The passes of a container that went another way; how many did not is said in a line. Nothing for another node. */
export function PassPairs({ container, names, views }: Props) {
  const t = useT(words);
  const [a, b] = views;
  const passes = useMemo(() => passesOf(a, b, container), [a, b, container]);
  const [most, setMost] = useState(AT_ONCE);
  const other = passes.filter((pass) => pass.differs);
  const same = passes.length - other.length;
  return (
    <>
      {other.slice(0, most).map(({ number, pairs }) => (
        <section key={number} aria-label={t('passN', { n: number + 1 })}>
          <h4 className="mb-1 flex items-center gap-1 text-sm font-medium text-warn">
            <EqualNot size={13} aria-hidden="true" className="shrink-0" />
            {t('passN', { n: number + 1 })}
          </h4>
          <ul className="overflow-hidden rounded-md border border-line bg-surface">
            {pairs.map((pair) => (
              <PairRow key={pair.path} pair={pair} names={names} views={views} />
            ))}
          </ul>
        </section>
      ))}
      {other.length > most && (
        <Button size="small" className="self-start" onClick={() => setMost(most + AT_ONCE)}>
          {t('morePasses', { n: Math.min(AT_ONCE, other.length - most) })}
        </Button>
      )}
      {same > 0 && (
        <p className="flex items-center gap-1 text-sm text-ink-3">
          <Equal size={13} aria-hidden="true" className="shrink-0" />
          {t('passesSame', { n: same })}
        </p>
      )}
    </>
  );
}
