import { CircleX, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { asApiError } from '@/api/errors';
import { useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { Button } from './button';

type Kind = 'info' | 'warn' | 'bad';

const LOOKS: Record<Kind, { icon: LucideIcon; box: string; mark: string }> = {
  info: { icon: Info, box: 'border-line bg-sunken', mark: 'text-ink-2' },
  warn: { icon: TriangleAlert, box: 'border-warn/40 bg-warn-soft', mark: 'text-warn' },
  bad: { icon: CircleX, box: 'border-bad/40 bg-bad-soft', mark: 'text-bad' },
};

interface Props {
  kind?: Kind;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

export function Notice({ kind = 'info', title, children, actions, className }: Props) {
  const { icon: Icon, box, mark } = LOOKS[kind];
  return (
    <div
      role={kind === 'bad' ? 'alert' : undefined}
      className={cn('flex gap-2.5 rounded-lg border px-3 py-2.5', box, className)}
    >
      <Icon size={16} aria-hidden="true" className={cn('mt-0.5 shrink-0', mark)} />
      <div className="min-w-0 flex-1">
        {title && <p className={cn('font-semibold', mark)}>{title}</p>}
        {children && <div className="text-ink-2">{children}</div>}
        {actions && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

/** A failed request in words: what happened, what to do, a button, and the code for who helps. */
export function ErrorNotice({ error, onRetry, className }: { error: unknown; onRetry?(): void; className?: string }) {
  const t = useCommon();
  const text = useText();
  const { text: message, code, requestId } = asApiError(error);
  const details = [t('code', { code }), requestId && t('requestId', { id: requestId })].filter(Boolean).join(' · ');
  return (
    <Notice
      kind="bad"
      className={className}
      actions={
        onRetry && (
          <Button size="small" onClick={onRetry}>
            {t('retry')}
          </Button>
        )
      }
    >
      <p className="text-ink">{text(message)}</p>
      <p className="mt-0.5 font-mono text-xs break-all text-ink-2">{details}</p>
    </Notice>
  );
}
