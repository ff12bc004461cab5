"""Every page of the app: its address, and its heading in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tests.live.place import MINUTE
from tests.web_app.world import FAILED, LIVE, Language, World


@dataclass(frozen=True)
class AppPage:
    name: str
    path: str
    en: str
    ko: str
    signed_in: bool = True

    def heading(self, language: Language) -> str:
        return self.en if language == "en" else self.ko

    def address(self, world: World) -> str:
        moment = datetime.fromtimestamp((world.recorded + MINUTE // 4) / 1000, UTC)
        return self.path.replace("RECORDED", moment.isoformat().replace("+00:00", "Z"))


PAGES = (
    AppPage("sign-in", "/sign-in", "Sign in", "로그인", signed_in=False),
    AppPage("sign-up", "/sign-up", "Create an account", "계정 만들기", signed_in=False),
    AppPage("forgot-password", "/forgot-password", "Reset your password", "비밀번호 재설정", signed_in=False),
    AppPage(
        "reset-password",
        "/reset-password#token=x",
        "Choose a new password",
        "새 비밀번호 정하기",
        signed_in=False,
    ),
    AppPage("cameras", "/monitoring", "Cameras", "카메라"),
    AppPage("camera", f"/monitoring/{LIVE}", "Front gate", "Front gate"),
    AppPage("camera-failed", f"/monitoring/{FAILED}", "하역장", "하역장"),
    AppPage("recording", f"/monitoring/{LIVE}?at=RECORDED", "Front gate", "Front gate"),
    AppPage("new-camera", "/add-camera", "Add a camera", "카메라 추가"),
    AppPage("camera-settings", f"/monitoring/{LIVE}/settings", "Settings of Front gate", "Front gate 설정"),
    AppPage("analyses", "/analyses", "Analyses", "분석"),
    AppPage("report", f"/reports?camera={LIVE}", "Daily report", "일일 보고서"),
    AppPage("alerts", "/alerts", "Alerts", "알림"),
    AppPage("alert-settings", "/alerts/settings", "Alert settings", "알림 설정"),
    AppPage("workers", "/workers", "Workers", "작업자"),
    AppPage("projects", "/projects", "Projects", "프로젝트"),
    AppPage(
        "not-found", "/no-such-page", "There is nothing here", "여기에는 아무것도 없습니다", signed_in=False
    ),
)
