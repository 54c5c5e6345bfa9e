import { SquareArrowOutUpRight } from 'lucide-react';
import type { RunError } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { words } from './words';

interface Props {
  error: RunError;
  /** What people call the node that failed. */
  node?: string;
  onOpenNode?(): void;
  className?: string;
}

/** Why a run or a node failed: in words, with the way to where it did; the technical part is folded. */
export function RunFailure({ error, node, onOpenNode, className }: Props) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const detail = detailOf(error);
  return (
    <Notice
      kind="bad"
      className={className}
      title={node ? t('failedAt', { node }) : undefined}
      actions={
        onOpenNode && (
          <Button size="small" icon={SquareArrowOutUpRight} onClick={onOpenNode}>
            {t('openNode')}
          </Button>
        )
      }
    >
      <p className="break-words text-ink">{text(error.message)}</p>
      {detail ? (
        <details className="mt-1">
          <summary className="w-fit cursor-pointer font-mono text-xs leading-6">
            {c('code', { code: error.code })} · {c('details')}
          </summary>
          <pre className="mt-1 max-h-48 overflow-auto rounded-md bg-surface p-2 font-mono text-xs break-words whitespace-pre-wrap">
            {detail}
          </pre>
        </details>
      ) : (
        <p className="mt-0.5 font-mono text-xs">{c('code', { code: error.code })}</p>
      )}
    </Notice>
  );
}

function detailOf({ detail }: RunError): string {
  if (typeof detail === 'string') return detail;
  return detail ? JSON.stringify(detail, null, 2) : '';
}
