/** What is shown while a page comes, when it fails, and when there is none. Kept small: part of the first load. */
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { asApiError } from '@/api/errors';
import { useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button, buttonClass } from '@/ui/button';
import { Loading } from '@/ui/spinner';

export const LateLoading = () => <Loading className="h-full" />;

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const t = useCommon();
  const text = useText();
  const { text: message, code, requestId } = asApiError(error);
  return (
    <div role="alert" className="grid h-full place-items-center p-6">
      <div className="max-w-md text-center">
        <h1 className="text-lg font-semibold">{t('pageFailed')}</h1>
        <p className="mt-2 text-md text-ink-2">{text(message)}</p>
        <p className="mt-2 font-mono text-xs text-ink-3">
          {t('code', { code })}
          {requestId && ` · ${t('requestId', { id: requestId })}`}
        </p>
        <div className="mt-4 flex justify-center gap-2">
          <Button variant="primary" onClick={reset}>
            {t('retry')}
          </Button>
          <Button onClick={() => location.reload()}>{t('reload')}</Button>
        </div>
      </div>
    </div>
  );
}

export function NoSuchPage() {
  const t = useCommon();
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="text-center">
        <h1 className="text-lg font-semibold">{t('notFound')}</h1>
        <p className="mt-2 text-md text-ink-2">{t('notFoundHint')}</p>
        <Link to="/" className={buttonClass('primary', 'normal', 'mt-4')}>
          {t('goHome')}
        </Link>
      </div>
    </main>
  );
}
