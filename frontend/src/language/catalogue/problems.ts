/** What the API's stable codes mean to people; codes that are not here show the server's own words. */
export const problems = {
  UNREACHABLE: ["The server does not answer.", "서버가 응답하지 않습니다."],
  UNAUTHORIZED: ["Your sign-in has ended. Sign in again.", "로그인이 만료되었습니다. 다시 로그인하세요."],
  SESSION_ENDED: ["Your sign-in has ended. Sign in again.", "로그인이 만료되었습니다. 다시 로그인하세요."],
  INVALID_CREDENTIALS: ["The address or the password is wrong.", "이메일 또는 비밀번호가 올바르지 않습니다."],
  EMAIL_TAKEN: ["There is an account with this address already.", "이미 이 주소로 가입된 계정이 있습니다."],
  LINK_EXPIRED: [
    "This link has ended or was used. Ask for a new one.",
    "링크가 만료되었거나 이미 사용되었습니다. 새 링크를 요청하세요.",
  ],
  WEAK_PASSWORD: ["This password is too easy to guess.", "너무 쉬운 비밀번호입니다."],
  TOO_MANY_ATTEMPTS: ["Too many tries. Wait a little.", "시도가 너무 많습니다. 잠시 후 다시 시도하세요."],
  FORBIDDEN: ["You may not do this.", "권한이 없습니다."],
  NOT_FOUND: ["It is not there, or no longer.", "항목이 없거나 삭제되었습니다."],
  INTERNAL_ERROR: [
    "The server failed; its log says why.",
    "서버에 오류가 발생했습니다. 서버 로그를 확인하세요.",
  ],
  DATABASE_UNAVAILABLE: [
    "The server cannot reach its database now.",
    "서버가 데이터베이스에 연결할 수 없습니다.",
  ],
} as const;
