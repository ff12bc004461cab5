export const accounts = {
  signIn: {
    title: ["Sign in", "로그인"],
    lead: ["Welcome back.", "다시 오신 것을 환영합니다."],
    submit: ["Sign in", "로그인"],
    busy: ["Signing in…", "로그인하는 중…"],
    noAccount: ["No account yet?", "계정이 없으신가요?"],
    forgot: ["Forgot your password?", "비밀번호를 잊으셨나요?"],
  },
  signUp: {
    title: ["Create an account", "계정 만들기"],
    lead: ["For you and your organisation.", "나와 우리 조직을 위한 계정입니다."],
    submit: ["Create account", "계정 만들기"],
    busy: ["Creating…", "만드는 중…"],
    hasAccount: ["Already have an account?", "이미 계정이 있으신가요?"],
  },
  forgot: {
    title: ["Reset your password", "비밀번호 재설정"],
    lead: ["We send you a link to choose a new one.", "새 비밀번호를 정할 수 있는 링크를 보내드립니다."],
    submit: ["Send the link", "링크 보내기"],
    sent: [
      "If there is an account with this address, a message is on its way.",
      "이 주소로 가입된 계정이 있다면 메일이 발송됩니다.",
    ],
  },
  reset: {
    title: ["Choose a new password", "새 비밀번호 정하기"],
    lead: ["All other sign-ins end.", "다른 기기의 로그인은 모두 종료됩니다."],
    submit: ["Set password", "비밀번호 설정"],
    done: [
      "The password was changed. You can sign in now.",
      "비밀번호가 변경되었습니다. 이제 로그인할 수 있습니다.",
    ],
    noToken: [
      "This link is incomplete. Ask for a new one.",
      "링크가 올바르지 않습니다. 새 링크를 요청하세요.",
    ],
  },
  verify: {
    title: ["Your address", "이메일 주소 확인"],
    busy: ["Checking the link…", "링크를 확인하는 중…"],
    done: ["Your address is verified.", "이메일 주소가 확인되었습니다."],
  },
  email: ["E-mail", "이메일"],
  password: ["Password", "비밀번호"],
  newPassword: ["New password", "새 비밀번호"],
  passwordHint: ["At least 8 characters", "8자 이상"],
  username: ["Name", "이름"],
  usernameHint: [
    "3 to 50 characters; others in your organisation see it",
    "3~50자, 조직의 다른 사람에게 보입니다",
  ],
  account: ["Account", "계정"],
  signOut: ["Sign out", "로그아웃"],
  required: ["This is needed", "필수 항목입니다"],
  badEmail: ["This is no e-mail address", "이메일 주소가 아닙니다"],
  tooShort: ["At least {least} characters", "{least}자 이상 입력하세요"],
  tooLong: ["At most {most} characters", "{most}자까지 입력할 수 있습니다"],
} as const;
