import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Pencil, SquarePen, Trash2 } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { conversationsQuery } from '@/api/queries';
import type { Conversation } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { ErrorNotice } from '@/ui/notice';
import { toast, undoable } from '@/ui/toast';
import { useRename } from './useChat';
import { words } from './words';

interface Props {
  appId: string;
  openId: string | null;
  onOpen(id: string | null): void;
}

/** One's own conversations with the app, last used first. */
export function ConversationList({ appId, openId, onOpen }: Props) {
  const t = useT(words);
  const c = useCommon();
  const format = useFormat();
  const list = useInfiniteQuery(conversationsQuery(appId));
  const [renaming, setRenaming] = useState<Conversation | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const remove = useRemove(appId, setHidden);
  const shown = (list.data?.pages.flatMap((page) => page.items) ?? []).filter((one) => !hidden.has(one.id));
  return (
    <nav aria-label={t('conversations')} className="flex h-full min-h-0 flex-col">
      <div className="p-3">
        <Button icon={SquarePen} className="w-full" onClick={() => onOpen(null)}>
          {t('newOne')}
        </Button>
      </div>
      {list.isError && <ErrorNotice className="mx-3" error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && shown.length === 0 && <p className="px-4 text-sm text-ink-3">{t('noneYet')}</p>}
      <ul className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto px-2 pb-3">
        {shown.map((one) => (
          <li
            key={one.id}
            className={cn(
              'group flex items-center rounded-md pr-1',
              one.id === openId ? 'bg-accent-soft' : 'hover:bg-sunken',
            )}
          >
            <button
              type="button"
              aria-current={one.id === openId ? 'page' : undefined}
              onClick={() => onOpen(one.id)}
              className="min-h-11 min-w-0 flex-1 rounded-md px-2 py-1 text-left -outline-offset-2"
            >
              <span className={cn('block truncate', one.id === openId && 'font-semibold text-accent')}>
                {one.title || t('untitled')}
              </span>
              <span className="block truncate text-xs text-ink-3">
                {format.ago(one.updated_at)}
                {one.version === 'draft' && ` · ${t('draft')}`}
              </span>
            </button>
            <Menu
              trigger={
                <IconButton
                  size="small"
                  icon={Ellipsis}
                  label={t('actions', { title: one.title || t('untitled') })}
                  className="opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 [@media(hover:none)]:opacity-100"
                />
              }
            >
              <MenuItem icon={Pencil} onSelect={() => setRenaming(one)}>
                {t('rename')}
              </MenuItem>
              <MenuItem
                icon={Trash2}
                danger
                onSelect={() => {
                  if (one.id === openId) onOpen(null);
                  remove(one, one.title || t('untitled'));
                }}
              >
                {c('delete')}
              </MenuItem>
            </Menu>
          </li>
        ))}
        {list.hasNextPage && (
          <Button variant="ghost" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {c('showMore')}
          </Button>
        )}
      </ul>
      {renaming && <RenameDialog appId={appId} conversation={renaming} onClose={() => setRenaming(null)} />}
    </nav>
  );
}

/** Hidden at once; deleted when the time for "undo" has passed. */
function useRemove(appId: string, setHidden: (change: (now: ReadonlySet<string>) => ReadonlySet<string>) => void) {
  const c = useCommon();
  const text = useText();
  const client = useQueryClient();
  return ({ id }: Conversation, name: string) => {
    setHidden((now) => new Set([...now, id]));
    const undo = () => setHidden((now) => new Set([...now].filter((one) => one !== id)));
    undoable(c('deleted', { name }), c('undo'), {
      undo,
      carryOut: () => {
        api
          .delete(`/conversations/${id}`)
          .catch((error) => {
            undo();
            toast(text(asApiError(error).text), { tone: 'bad' });
          })
          .finally(() => void client.invalidateQueries({ queryKey: keys.conversations(appId) }));
      },
    });
  };
}

function RenameDialog(props: { appId: string; conversation: Conversation; onClose(): void }) {
  const { appId, conversation, onClose } = props;
  const t = useT(words);
  const c = useCommon();
  const form = useId();
  const rename = useRename(appId);
  const [title, setTitle] = useState(conversation.title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (title.trim()) rename.mutate({ id: conversation.id, title: title.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('renameTitle')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={form} variant="primary" busy={rename.isPending} disabled={!title.trim()}>
            {c('save')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-3">
        {rename.isError && <ErrorNotice error={rename.error} />}
        <Field label={t('title')}>
          {(field) => (
            <Input
              {...field}
              autoFocus
              maxLength={200}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
