import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX, Clock, Download, Ellipsis, FileText, RotateCcw, Rows3, Trash2 } from 'lucide-react';
import { api, url } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { documentsQuery } from '@/api/queries';
import type { Document } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { Progress } from '@/ui/progress';
import { Spinner } from '@/ui/spinner';
import { toast, undoable } from '@/ui/toast';
import { words } from './words';

function useDocumentActions(document: Document) {
  const client = useQueryClient();
  const c = useCommon();
  const text = useText();
  const queryKey = documentsQuery(document.dataset_id).queryKey;
  const refresh = () => client.invalidateQueries({ queryKey: keys.documents(document.dataset_id) });
  const complain = (error: unknown) => toast(text(asApiError(error).text), { tone: 'bad' });
  const retry = useMutation({
    mutationFn: () => api.post<Document>(`/documents/${document.id}/retry`),
    onSuccess: refresh,
    onError: complain,
  });
  const remove = () => {
    client.setQueryData(
      queryKey,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) => ({ ...page, items: page.items.filter((one) => one.id !== document.id) })),
        },
    );
    undoable(c('deleted', { name: document.name }), c('undo'), {
      undo: () => void refresh(),
      carryOut: () => {
        api
          .delete(`/documents/${document.id}`)
          .catch(complain)
          .finally(() => {
            void refresh();
            void client.invalidateQueries({ queryKey: keys.dataset(document.dataset_id), exact: true });
          });
      },
    });
  };
  return { retry, remove };
}

function Stage({ document }: { document: Document }) {
  const t = useT(words);
  const format = useFormat();
  const { status, progress } = document;
  const word = t(`stage_${status}`);
  const look = {
    ready: { color: 'text-ok', icon: <CircleCheck size={15} aria-hidden="true" /> },
    failed: { color: 'text-bad', icon: <CircleX size={15} aria-hidden="true" /> },
    queued: { color: 'text-idle', icon: <Clock size={15} aria-hidden="true" /> },
  }[status as 'ready' | 'failed' | 'queued'] ?? { color: 'text-run', icon: <Spinner size={15} /> };
  const percent =
    status === 'ready' || status === 'failed' || status === 'queued'
      ? ''
      : ` ${format.number(progress, { style: 'percent' })}`;
  return (
    <span className={cn('figures inline-flex items-center gap-1.5 font-medium whitespace-nowrap', look.color)}>
      {look.icon}
      {word}
      {percent}
    </span>
  );
}

export function DocumentRow({ document, onShow }: { document: Document; onShow(): void }) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const format = useFormat();
  const text = useText();
  const { retry, remove } = useDocumentActions(document);
  const { status, counts } = document;
  const working = status !== 'ready' && status !== 'failed';
  const facts = [
    format.bytes(document.size),
    counts.pages ? t('pageCount', { n: counts.pages }) : null,
    counts.chunks ? t('chunkCount', { n: counts.chunks }) : null,
    format.ago(document.created_at),
  ].filter(Boolean);
  return (
    <li className="border-t border-line px-4 py-2.5 first:border-t-0 max-sm:px-3">
      <div className="flex items-center gap-3">
        <FileText size={18} aria-hidden="true" className="shrink-0 text-ink-3" />
        <div className="min-w-0 flex-1">
          <button
            type="button"
            aria-label={t('viewChunksOf', { name: document.name })}
            onClick={onShow}
            className="max-w-full truncate rounded-sm text-left font-medium hover:text-accent hover:underline"
          >
            {document.name}
          </button>
          <p className="flex flex-wrap gap-x-2 text-sm text-ink-3">
            {facts.map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </p>
        </div>
        <Stage document={document} />
        <Menu trigger={<IconButton icon={Ellipsis} label={`${c('more')}: ${document.name}`} size="small" />}>
          <MenuItem icon={Rows3} onSelect={onShow}>
            {t('viewChunks')}
          </MenuItem>
          <MenuItem icon={Download} onSelect={() => location.assign(url(`/documents/${document.id}/file`))}>
            {t('downloadFile')}
          </MenuItem>
          {can('dataset.write') && (
            <>
              {!working && (
                <MenuItem icon={RotateCcw} onSelect={() => retry.mutate()}>
                  {t('retryDocument')}
                </MenuItem>
              )}
              <MenuLine />
              <MenuItem icon={Trash2} danger onSelect={remove}>
                {c('delete')}
              </MenuItem>
            </>
          )}
        </Menu>
      </div>
      {working && (
        <div className="mt-2 pl-7.5">
          <Progress value={document.progress} label={t('progressOf', { name: document.name })} />
        </div>
      )}
      {status === 'failed' && (
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-2 pl-7.5">
          <p className="min-w-0 flex-1 basis-64 text-bad">{text(document.error?.message)}</p>
          {can('dataset.write') && (
            <Button size="small" icon={RotateCcw} busy={retry.isPending} onClick={() => retry.mutate()}>
              {c('retry')}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}
