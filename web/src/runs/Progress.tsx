import { useT } from '@/i18n';
import { Spinner } from '@/ui/spinner';
import { doneOf, runningOf } from './readings';
import type { Following } from './useFollow';
import type { Names } from './useNames';
import { words } from './words';

/** One line that says what a run does now; announced politely. */
export function Progress({ following, names }: { following: Following; names: Names }) {
  const t = useT(words);
  const { view, retrying } = following;
  const current = runningOf(view).at(-1);
  const sentence = () => {
    if (retrying) return t('reconnecting');
    if (!current) return t('starting');
    const node = view.nodes[current];
    if (node?.status === 'retrying') return t('tryingAgain', { name: names.title(current), n: node.attempt + 1 });
    return node?.answer && node.text ? t('writing') : t('step', { name: names.title(current) });
  };
  return (
    <p role="status" className="flex items-center gap-2 text-run">
      <Spinner size={15} />
      <span className="min-w-0 truncate">{sentence()}</span>
      {names.count !== null && (
        <span className="figures shrink-0 text-sm text-ink-3">
          {doneOf(view)} / {names.count}
        </span>
      )}
    </p>
  );
}
