/** Uploads that are under way: four at a time, alive while the person looks at other pages. */
import { create } from 'zustand';
import { type ApiError, asApiError } from '@/api/errors';
import type { Document } from '@/api/types';
import { upload } from '@/api/upload';

export interface Upload {
  id: number;
  datasetId: string;
  name: string;
  size: number;
  state: 'waiting' | 'sending' | 'failed';
  sent: number;
  error: ApiError | null;
}

interface Job extends Upload {
  file: File;
  stop: AbortController;
}

export const AT_ONCE = 4;

interface Uploads {
  list: Job[];
  add(datasetId: string, files: File[], onDone: (document: Document) => void): void;
  drop(id: number): void;
}

type Send = typeof upload<Document>;

export function uploadStore(send: Send) {
  let last = 0;
  const done = new Map<number, (document: Document) => void>();

  return create<Uploads>((set, get) => {
    const change = (id: number, part: Partial<Job>) =>
      set({ list: get().list.map((job) => (job.id === id ? { ...job, ...part } : job)) });

    const remove = (id: number) => {
      done.delete(id);
      set({ list: get().list.filter((job) => job.id !== id) });
    };

    const next = () => {
      const { list } = get();
      const free = AT_ONCE - list.filter((job) => job.state === 'sending').length;
      for (const job of list.filter((one) => one.state === 'waiting').slice(0, Math.max(0, free))) void run(job);
    };

    const run = async (job: Job) => {
      change(job.id, { state: 'sending' });
      try {
        const path = `/datasets/${job.datasetId}/documents`;
        const document = await send(path, job.file, (sent) => change(job.id, { sent }), job.stop.signal);
        done.get(job.id)?.(document);
        remove(job.id);
      } catch (error) {
        if (job.stop.signal.aborted) remove(job.id);
        else change(job.id, { state: 'failed', error: asApiError(error) });
      }
      next();
    };

    return {
      list: [],
      add: (datasetId, files, onDone) => {
        const jobs = files.map((file): Job => {
          last += 1;
          done.set(last, onDone);
          const { name, size } = file;
          const stop = new AbortController();
          return { id: last, datasetId, name, size, file, stop, state: 'waiting', sent: 0, error: null };
        });
        set({ list: [...get().list, ...jobs] });
        next();
      },
      drop: (id) => {
        const job = get().list.find((one) => one.id === id);
        job?.stop.abort();
        if (job?.state !== 'sending') remove(id);
      },
    };
  });
}

export const useUploads = uploadStore(upload);
