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
  CAMERA_LIMIT_REACHED: [
    "There are as many cameras as this installation allows.",
    "등록할 수 있는 카메라 수를 초과했습니다.",
  ],
  CAMERA_DISABLED: [
    "This camera is switched off in its settings.",
    "설정에서 사용하지 않도록 지정된 카메라입니다.",
  ],
  CAMERA_URL_NOT_VALID: ["This is no address of a camera.", "카메라 주소가 올바르지 않습니다."],
  CAMERA_ADDRESS_NOT_ALLOWED: [
    "This address may not be reached from here.",
    "접근이 허용되지 않은 주소입니다.",
  ],
  CAMERA_PASSWORD_WRONG: [
    "The camera refuses this name or password.",
    "카메라의 사용자 이름 또는 비밀번호가 올바르지 않습니다.",
  ],
  CAMERA_STREAM_NOT_FOUND: ["The camera has no stream of this name.", "카메라에 해당 스트림이 없습니다."],
  CAMERA_UNREACHABLE: ["The camera does not answer.", "카메라가 응답하지 않습니다."],
  CAMERA_WITHOUT_VIDEO: ["The camera sends no video.", "카메라가 영상을 보내지 않습니다."],
  CAMERA_STREAM_NOT_UNDERSTOOD: [
    "What the camera sends is no video that is known here.",
    "카메라가 보내는 영상을 해석할 수 없습니다.",
  ],
  CAMERA_STALLED: ["The camera stopped sending.", "카메라가 전송을 멈추었습니다."],
  CAMERA_CONNECTION_ENDED: ["The camera ended the connection.", "카메라가 연결을 끊었습니다."],
  RECORDING_HOST_AWAY: [
    "No recording host runs now; an operator starts one with: ecg live",
    "실행 중인 녹화 서버가 없습니다. 운영자가 ecg live를 실행해야 합니다.",
  ],
  STREAM_NOT_READY: ["The stream is not ready yet.", "스트림이 아직 준비되지 않았습니다."],
  VISION_ENGINE_NOT_SET: ["The engine is not set up on the worker.", "작업자에 엔진이 설정되지 않았습니다."],
  VISION_ENGINE_REFUSED: ["The engine refused the request.", "엔진이 요청을 거부했습니다."],
  VISION_RATE_LIMITED: ["The engine allows no more requests now.", "엔진의 요청 한도를 초과했습니다."],
  VISION_ANSWER_INVALID: ["The engine's answer was not usable.", "엔진의 답변을 사용할 수 없습니다."],
} as const;
