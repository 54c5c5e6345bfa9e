/** One way to the server: JSON, session cookie, CSRF header, errors by code. Knows no page. */
import { type ApiError, errorFrom, unreachable } from './errors';

export const BASE = '/api/v1';

/** A list is the same name several times. */
type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface RequestOptions {
  query?: Query;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

let csrf = '';
let onSignedOut: () => void = () => {};

export function setCsrf(value: string) {
  csrf = value;
}

/** Called when a request says that the session is over. */
export function whenSignedOut(listener: () => void) {
  onSignedOut = listener;
}

export function url(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) for (const one of value) search.append(key, one);
    else if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

const hex = (bytes: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export function csrfHeader(): Record<string, string> {
  return csrf ? { 'X-Atoll-CSRF': csrf } : {};
}

/** What a failed answer becomes. */
export function failed(status: number, body: unknown, path: string): ApiError {
  const error = errorFrom(status, body);
  if (status === 401 && path !== '/session') onSignedOut();
  return error;
}

async function request<Answer>(method: string, path: string, body?: unknown, options: RequestOptions = {}) {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  // What is changed here, and all that it leads to, is one trace: https://www.w3.org/TR/trace-context/
  if (method !== 'GET') Object.assign(headers, csrfHeader(), { traceparent: `00-${hex(16)}-${hex(8)}-01` });
  let response: Response;
  try {
    response = await fetch(url(path, options.query), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  if (response.status === 204) return undefined as Answer;
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw failed(response.status, answer, path);
  if (answer === null) throw errorFrom(0, null);
  return answer as Answer;
}

export const api = {
  get: <Answer>(path: string, options?: RequestOptions) => request<Answer>('GET', path, undefined, options),
  post: <Answer>(path: string, body?: unknown, options?: RequestOptions) =>
    request<Answer>('POST', path, body ?? {}, options),
  put: <Answer>(path: string, body: unknown, options?: RequestOptions) => request<Answer>('PUT', path, body, options),
  patch: <Answer>(path: string, body: unknown, options?: RequestOptions) =>
    request<Answer>('PATCH', path, body, options),
  delete: (path: string, options?: RequestOptions & { body?: unknown }) =>
    request<void>('DELETE', path, options?.body, options),
};
