import { expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import type { Document } from '@/api/types';
import { AT_ONCE, uploadStore } from './uploads';

const file = (name: string) => new File(['x'], name);
const settle = () => new Promise((resolve) => setTimeout(resolve));

function held() {
  const open: { resolve(document: Document): void; reject(error: unknown): void; signal?: AbortSignal }[] = [];
  const send = (_path: string, _file: File, _progress: (sent: number) => void, signal?: AbortSignal) =>
    new Promise<Document>((resolve, reject) => {
      open.push({ resolve, reject, signal });
      signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
  return { open, send };
}

it('sends a few at a time and goes on when one is done', async () => {
  const { open, send } = held();
  const store = uploadStore(send);
  const onDone = vi.fn();
  store.getState().add('ds_1', ['a', 'b', 'c', 'd', 'e', 'f'].map(file), onDone);
  expect(open).toHaveLength(AT_ONCE);
  open[0]?.resolve({ id: 'doc_1' } as Document);
  await settle();
  expect(open).toHaveLength(AT_ONCE + 1);
  expect(onDone).toHaveBeenCalledWith({ id: 'doc_1' });
  expect(store.getState().list.map((job) => job.name)).toEqual(['b', 'c', 'd', 'e', 'f']);
});

it('keeps a refused file with its reason, and lets go of a cancelled one', async () => {
  const { open, send } = held();
  const store = uploadStore(send);
  store.getState().add('ds_1', ['a', 'b'].map(file), () => {});
  open[0]?.reject(new ApiError(422, { code: 'document_empty', message: 'The file is empty.' }));
  store.getState().drop(store.getState().list[1]?.id ?? 0);
  await settle();
  expect(store.getState().list.map((job) => [job.name, job.state, job.error?.code])).toEqual([
    ['a', 'failed', 'document_empty'],
  ]);
});
