"""What the command line says while it works, in English and Korean.

Help texts, error messages and everything that programs read stay English, so that they can be searched for.
"""

from __future__ import annotations

import os

LANGUAGE_VARIABLE = "ECG_LANG"

_CATALOGUE: dict[str, dict[str, str]] = {
    "en": {
        "stage.start": "Getting ready",
        "stage.audio": "Extracting the sound",
        "stage.activity": "Finding speech",
        "stage.speakers": "Telling speakers apart",
        "stage.words": "Writing down the words",
        "stage.emotion": "Measuring voice and mood",
        "stage.result": "Putting it together",
        "stage.compose": "Composing the captions",
        "stage.render": "Drawing and burning in",
        "stage.finish": "Finishing the file",
        "stage.fonts": "Fonts",
        "stage.speaker-encoder": "Speaker encoder",
        "done": "done",
        "error": "error",
        "hint": "to do",
        "warning": "note",
        "interrupted": "stopped; nothing half-done was left behind",
        "wrote": "wrote {path}",
        "transcribe.summary": "{words} words, {speakers} speaker(s), {language}; {engine}: {reason}",
        "scenario.summary": "{cues} captions, {speakers} speaker(s)",
        "caption.summary": "{words} words, {cues} captions, {speakers} speaker(s), {language}, {engine}",
        "caption.seconds": "listening {listen} s, composing {compose} s, drawing and burning in {render} s",
        "render.summary": "{frames} frames in {seconds} s, {speed} × real time, peak memory {memory} MB",
        "check.valid": "{path}: valid",
        "check.invalid": "{path}: not valid",
        "doctor.well": "Everything ECG needs is here.",
        "doctor.lacks": "{count} thing(s) to mend; the commands stand beside them.",
        "doctor.what": "What",
        "doctor.state": "State",
        "doctor.detail": "Detail",
        "doctor.mend": "How to mend it",
        "state.ok": "ok",
        "state.optional": "optional",
        "state.bad": "missing",
        "models.here": "here",
        "models.absent": "not here",
        "templates.name": "Template",
        "templates.about": "What it looks like",
    },
    "ko": {
        "stage.start": "준비하는 중",
        "stage.audio": "소리를 꺼내는 중",
        "stage.activity": "말소리를 찾는 중",
        "stage.speakers": "말하는 사람을 나누는 중",
        "stage.words": "말을 받아 적는 중",
        "stage.emotion": "목소리와 감정을 재는 중",
        "stage.result": "결과를 정리하는 중",
        "stage.compose": "자막을 짜는 중",
        "stage.render": "자막을 그려 넣는 중",
        "stage.finish": "파일을 마무리하는 중",
        "stage.fonts": "글꼴",
        "stage.speaker-encoder": "화자 인식 모델",
        "done": "완료",
        "error": "오류",
        "hint": "해결",
        "warning": "참고",
        "interrupted": "중단했습니다. 만들다 만 파일은 남기지 않았습니다",
        "wrote": "{path} 파일을 만들었습니다",
        "transcribe.summary": "단어 {words}개, 화자 {speakers}명, 언어 {language}, {engine}: {reason}",
        "scenario.summary": "자막 {cues}개, 화자 {speakers}명",
        "caption.summary": "단어 {words}개, 자막 {cues}개, 화자 {speakers}명, 언어 {language}, {engine}",
        "caption.seconds": "듣기 {listen}초, 자막 짜기 {compose}초, 그려 넣기 {render}초",
        "render.summary": "{frames}프레임을 {seconds}초에 처리({speed}배속), 최대 메모리 {memory} MB",
        "check.valid": "{path}: 올바름",
        "check.invalid": "{path}: 올바르지 않음",
        "doctor.well": "필요한 것이 모두 갖춰져 있습니다.",
        "doctor.lacks": "고칠 것이 {count}개 있습니다. 옆에 적힌 명령을 실행하세요.",
        "doctor.what": "항목",
        "doctor.state": "상태",
        "doctor.detail": "내용",
        "doctor.mend": "해결 방법",
        "state.ok": "정상",
        "state.optional": "선택",
        "state.bad": "없음",
        "models.here": "있음",
        "models.absent": "없음",
        "templates.name": "템플릿",
        "templates.about": "모양",
    },
}


def language() -> str:
    """``ko`` or ``en``: `ECG_LANG` decides, else the first of the locale's variables that is set."""
    for variable in (LANGUAGE_VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable, "").strip():
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"


def say(key: str, **facts: object) -> str:
    """The message `key` in the user's language, with `facts` filled in."""
    return _CATALOGUE[language()][key].format(**facts)
