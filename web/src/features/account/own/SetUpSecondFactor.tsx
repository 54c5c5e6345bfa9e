import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/api/client';
import { sessionQuery } from '@/api/session';
import type { SecondFactorBegun } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { QUIET, qrPath } from './qr';
import { RecoveryCodes } from './RecoveryCodes';
import { words } from './words';

const DIGITS = 6;

/** Scan, type the code that the app shows, keep the recovery codes. */
export function SetUpSecondFactor({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const formId = useId();
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const [checked, setChecked] = useState(false);
  // A query, so that opening the dialog begins it once; kept no longer than the dialog is open.
  const begun = useQuery({
    queryKey: ['second-factor'],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: () => api.post<SecondFactorBegun>('/session/second-factor'),
  });
  const given = code.replace(/\s/g, '');
  const confirm = useMutation({
    mutationFn: () => api.post<{ recovery_codes: string[] }>('/session/second-factor/confirm', { code: given }),
    onError: () => setCode(''),
  });
  const done = async () => {
    onClose();
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  if (confirm.data) return <RecoveryCodes codes={confirm.data.recovery_codes} onClose={() => void done()} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (given.length === DIGITS) confirm.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('setUpTitle')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={confirm.isPending} disabled={!begun.data}>
            {t('confirm')}
          </Button>
        </>
      }
    >
      {begun.isPending && <Loading />}
      {begun.isError && <ErrorNotice error={begun.error} onRetry={() => void begun.refetch()} />}
      {begun.data && (
        <ol className="flex flex-col gap-4">
          <li>
            <h3 className="font-semibold">{t('step1')}</h3>
            <p className="text-ink-2">{t('step1Hint')}</p>
            <div className="mt-2 flex flex-wrap items-center gap-4">
              <QrCode rows={begun.data.matrix} label={t('qr')} />
              <div className="min-w-0 flex-1 basis-48">
                <p className="text-sm text-ink-3">{t('typeSecret')}</p>
                <div className="flex items-center gap-1">
                  <code className="min-w-0 font-mono break-words">{inFours(begun.data.secret)}</code>
                  <CopyButton text={begun.data.secret} size="small" />
                </div>
              </div>
            </div>
          </li>
          <li>
            <h3 className="mb-1 font-semibold">{t('step2')}</h3>
            <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-3">
              {confirm.isError && <ErrorNotice error={confirm.error} />}
              <Field
                label={t('code')}
                error={checked && given.length !== DIGITS && !confirm.isError && t('codeEmpty')}
                className="max-w-40"
              >
                {(props) => (
                  <Input
                    {...props}
                    className="font-mono"
                    value={code}
                    onChange={(event) => setCode(event.target.value)}
                    inputMode="numeric"
                    autoComplete="one-time-code"
                    maxLength={8}
                  />
                )}
              </Field>
            </form>
          </li>
        </ol>
      )}
    </Dialog>
  );
}

const inFours = (secret: string) => secret.replace(/(.{4})(?=.)/g, '$1 ');

/** Dark on light in both themes: many readers take nothing else. */
function QrCode({ rows, label }: { rows: string[]; label: string }) {
  const side = rows.length + 2 * QUIET;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
      className="size-44 shrink-0 rounded-md border border-line bg-surface text-ink dark:bg-ink dark:text-canvas"
    >
      <path d={qrPath(rows)} fill="currentColor" />
    </svg>
  );
}
