/** Errors of the API as this app handles them: RFC 9457 problems with a stable code. */

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly where?: string;
  readonly hint?: string;
  readonly requestId?: string;

  constructor(
    detail: string,
    fields: { code: string; status: number; where?: string; hint?: string; requestId?: string },
  ) {
    super(detail);
    this.name = "Problem";
    this.code = fields.code;
    this.status = fields.status;
    this.where = fields.where;
    this.hint = fields.hint;
    this.requestId = fields.requestId;
  }
}

/** What a failed call threw, as a Problem; no answer at all is `UNREACHABLE` with status 0. */
export function problemOf(thrown: unknown, response?: Response): Problem {
  if (thrown instanceof Problem) return thrown;
  const status = response?.status ?? 0;
  if (isObject(thrown) && typeof thrown.code === "string") {
    return new Problem(textOf(thrown.detail) ?? textOf(thrown.message) ?? thrown.code, {
      code: thrown.code,
      status: typeof thrown.status === "number" ? thrown.status : status,
      where: textOf(thrown.where),
      hint: textOf(thrown.hint),
      requestId: textOf(thrown.request_id),
    });
  }
  if (response) return new Problem(`HTTP ${status}`, { code: `HTTP_${status}`, status });
  return new Problem("the server does not answer", { code: "UNREACHABLE", status: 0 });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
