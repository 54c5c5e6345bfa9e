import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { Tooltip } from '@/ui/tooltip';
import { useEditor } from '../graph/store';
import { useActions } from './actions';
import { nodeProblems } from './lookup';
import { useWords } from './words';

/** How many problems a node has, on the upper edge of its card; what they are is in the tooltip and the panel. */
export function ProblemMark({ id }: { id: string }) {
  const t = useWords();
  const text = useText();
  const { openPanel } = useActions();
  const problems = useEditor((state) => nodeProblems(state.problems, id));
  if (!problems.length) return null;
  const errors = problems.filter((one) => one.severity === 'error');
  const [bad, count] = errors.length ? [true, errors.length] : [false, problems.length];
  const Icon = bad ? CircleAlert : TriangleAlert;
  const list = (
    <ul className="flex flex-col gap-1">
      {problems.slice(0, 6).map((one) => (
        <li key={`${one.pointer} ${text(one.message)}`} className="flex items-start gap-1.5">
          {one.severity === 'error' ? (
            <CircleAlert size={13} aria-hidden="true" className="mt-0.5 shrink-0 text-bad" />
          ) : (
            <TriangleAlert size={13} aria-hidden="true" className="mt-0.5 shrink-0 text-warn" />
          )}
          <span>{text(one.message)}</span>
        </li>
      ))}
      {problems.length > 6 && <li className="text-ink-3">{t('andMore', { n: problems.length - 6 })}</li>}
    </ul>
  );
  return (
    <Tooltip box side="top" text={list}>
      <button
        type="button"
        tabIndex={-1}
        className={cn('node-mark nodrag', bad ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn')}
        aria-label={t(bad ? 'errors' : 'warnings', { n: count })}
        onClick={() => {
          useEditor.getState().select({ nodes: [id] });
          openPanel();
        }}
      >
        <Icon size={12} aria-hidden="true" />
        <span className="figures">{count}</span>
      </button>
    </Tooltip>
  );
}
