/** Sending files. Apart from the client, which the first screen has to wait for. */
import { csrfHeader, failed, url } from './client';
import { unreachable } from './errors';

/** Sends one file; XMLHttpRequest because fetch tells nothing about how much has been sent. */
export function upload<Answer>(
  path: string,
  file: File,
  onProgress: (sent: number) => void,
  signal?: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', url(path));
    call.responseType = 'json';
    for (const [name, value] of Object.entries(csrfHeader())) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(call.response as Answer);
      else reject(failed(call.status, call.response, path));
    };
    call.onerror = () => reject(unreachable());
    call.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => call.abort(), { once: true });
    const form = new FormData();
    form.append('file', file, file.name);
    call.send(form);
  });
}
