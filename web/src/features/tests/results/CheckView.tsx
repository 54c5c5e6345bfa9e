import { Link } from '@tanstack/react-router';
import type { Check } from '@/api/types';
import { useT, useText } from '@/i18n';
import { TextDiff } from '@/runs/diff/TextDiff';
import { CheckMark } from '../state';
import { words } from '../words';

interface Props {
  check: Check;
  /** There are expectations of several outputs: each says of which it is. */
  named: boolean;
}

/** One expectation held against the run: what was expected, and where it did not hold why, with the difference. */
export function CheckView({ check, named }: Props) {
  const t = useT(words);
  const text = useText();
  const { kind } = check;
  const what = check.negated && kind !== 'judge' ? t(`check_${kind}_not`) : t(`check_${kind}`);
  const bad = check.passed !== true;
  // Where it should not be this, there is nothing to compare.
  const compared = bad && kind === 'equals' && !check.negated && check.expected !== check.found;
  return (
    <li className="flex min-w-0 gap-2">
      <CheckMark passed={check.passed} />
      <div className="min-w-0 flex-1">
        <p className="line-clamp-4 break-words text-ink-2">
          <span className="font-medium text-ink">
            {named && check.output ? t('say_of', { output: check.output, what }) : what}
          </span>{' '}
          {!compared && check.expected}
        </p>
        {check.reason && (bad || kind === 'judge') && (
          <p className={check.passed === false ? 'text-bad' : check.passed === null ? 'text-warn' : 'text-ink-2'}>
            {text(check.reason)}{' '}
            {check.run_id && (
              <Link
                to="/runs/$runId"
                params={{ runId: check.run_id }}
                className="text-accent underline underline-offset-2"
              >
                {t('openJudge')}
              </Link>
            )}
          </p>
        )}
        {compared && (
          <div className="mt-1.5">
            <p className="mb-1 text-sm text-ink-3">{t('diffHint')}</p>
            <TextDiff a={check.expected} b={check.found} />
          </div>
        )}
      </div>
    </li>
  );
}
