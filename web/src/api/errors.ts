/** Every failed request becomes an ApiError with words for people in both languages. */
import type { Text } from '@/i18n';

export interface ErrorBody {
  code: string;
  message: Text;
  pointer?: string | null;
  params?: Record<string, unknown>;
  request_id?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly text: Text;
  readonly pointer: string | null;
  readonly params: Record<string, unknown>;
  readonly requestId: string | null;

  constructor(status: number, body: ErrorBody) {
    super(typeof body.message === 'string' ? body.message : body.message.en);
    this.status = status;
    this.code = body.code;
    this.text = body.message;
    this.pointer = body.pointer ?? null;
    this.params = body.params ?? {};
    this.requestId = body.request_id ?? null;
  }
}

const UNREACHABLE: ErrorBody = {
  code: 'unreachable',
  message: {
    en: 'The server does not answer. Check that it runs and that you are connected, then try again.',
    zh: '服务器没有响应。请确认服务正在运行、网络正常，然后重试。',
  },
};

const UNREADABLE: ErrorBody = {
  code: 'unreadable_answer',
  message: {
    en: 'Something between you and the server sent an answer we cannot read. Try again; if it stays, tell your administrator.',
    zh: '收到无法识别的响应，可能来自中间的代理。请重试；若仍如此，请联系管理员。',
  },
};

export const unreachable = () => new ApiError(0, UNREACHABLE);

/** Reads the error out of an answer; anything that is not ours is named as such, never shown raw. */
export function errorFrom(status: number, body: unknown): ApiError {
  const error = (body as { error?: ErrorBody } | null)?.error;
  if (error && typeof error.code === 'string' && error.message) return new ApiError(status, error);
  return new ApiError(status, { ...UNREADABLE, code: status ? `http_${status}` : UNREADABLE.code });
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // What fetch and import throw when there is no network, as the browsers word it; other TypeErrors are our own.
  if (error instanceof TypeError && /fetch|network|load|import/i.test(error.message)) return unreachable();
  return new ApiError(0, {
    code: 'page_error',
    message: {
      en: 'This page made a mistake. Reload it; your work on the server is safe.',
      zh: '页面出错了。请刷新，服务器上的内容不受影响。',
    },
  });
}
