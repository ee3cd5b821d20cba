"""The language of the interface: Minim's own translations, and Qt's for its standard buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

import resources

Language = Literal["system", "en", "zh_CN"]


def use(application: QCoreApplication, language: Language) -> None:
    """Show `application` in a language, from its next texts on; numbers and dates are written as that language does."""
    locale = QLocale.system() if language == "system" else QLocale(language)
    if locale.language() == QLocale.Language.C:
        locale = QLocale("en")  # a system without a locale still wants numbers that can be read
    if locale.language() == QLocale.Language.Chinese:
        locale = QLocale("zh_CN")
        _install(application, "qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        _install(application, "minim_zh_CN", str(Path(resources.__file__).with_name("translations")))
    QLocale.setDefault(locale)


def _install(application: QCoreApplication, name: str, folder: str) -> None:
    translator = QTranslator(application)
    if translator.load(name, folder):
        application.installTranslator(translator)
