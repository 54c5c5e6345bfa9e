import { Link } from '@tanstack/react-router';
import { CircleCheck, Undo2, Workflow } from 'lucide-react';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button, buttonClass } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { words } from '../words';
import type { useAdopt } from './useAdopt';

interface Props {
  appId: string;
  path: string;
  adoption: ReturnType<typeof useAdopt>;
}

/** That a variant is the node now, with the way to see it and the way back. */
export function AdoptedNotice({ appId, path, adoption: { adopt, takeBack } }: Props) {
  const t = useT(words);
  const c = useCommon();
  const done = adopt.data;
  return (
    <>
      {adopt.isError && <ErrorNotice error={adopt.error} />}
      {takeBack.isError && <ErrorNotice error={takeBack.error} />}
      {done && (
        <div
          role="status"
          className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-ok/40 bg-ok-soft px-3 py-2"
        >
          <CircleCheck size={16} aria-hidden="true" className="shrink-0 text-ok" />
          <span className="min-w-0 flex-1 basis-64">{t('adopted', { name: done.name })}</span>
          <Button size="small" icon={Undo2} busy={takeBack.isPending} onClick={() => takeBack.mutate(done)}>
            {c('undo')}
          </Button>
          <Link
            to="/apps/$appId/design"
            params={{ appId }}
            search={path.includes('/') ? {} : { node: path }}
            className={buttonClass('primary', 'small')}
          >
            <Workflow size={14} aria-hidden="true" />
            {t('toCanvas')}
          </Link>
        </div>
      )}
    </>
  );
}
