import { CircleX, FileUp, X } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import { useFormat, useT, useText } from '@/i18n';
import { IconButton } from '@/ui/icon-button';
import { Progress } from '@/ui/progress';
import { useUploads } from './uploads';
import { words } from './words';

/** Files on their way to the server, each with its own progress or its own reason. */
export function UploadList({ datasetId }: { datasetId: string }) {
  const t = useT(words);
  const text = useText();
  const format = useFormat();
  const list = useUploads(useShallow((state) => state.list.filter((job) => job.datasetId === datasetId)));
  const drop = useUploads((state) => state.drop);
  if (!list.length) return null;
  return (
    <ul aria-label={t('uploadsTitle')} className="overflow-hidden rounded-lg border border-line bg-surface">
      {list.map((job) => (
        <li key={job.id} className="border-t border-line px-4 py-2 first:border-t-0">
          <div className="flex items-center gap-3">
            {job.state === 'failed' ? (
              <CircleX size={17} aria-hidden="true" className="shrink-0 text-bad" />
            ) : (
              <FileUp size={17} aria-hidden="true" className="shrink-0 text-run" />
            )}
            <span className="min-w-0 flex-1 truncate font-medium">{job.name}</span>
            <span className="figures text-sm text-ink-2">
              {job.state === 'sending' && t('uploading', { n: Math.round(job.sent * 100) })}
              {job.state === 'waiting' && t('waiting')}
              {job.state !== 'failed' && ` · ${format.bytes(job.size)}`}
            </span>
            <IconButton
              icon={X}
              size="small"
              label={job.state === 'failed' ? t('dismiss') : t('cancelUpload', { name: job.name })}
              onClick={() => drop(job.id)}
            />
          </div>
          {job.state === 'failed' ? (
            <p role="alert" className="pl-7.5 text-bad">
              {text(job.error?.text)}
            </p>
          ) : (
            <Progress value={job.sent} label={t('progressOf', { name: job.name })} />
          )}
        </li>
      ))}
    </ul>
  );
}
