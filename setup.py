"""The wheel carries the compiled catalogue: without it every page would speak English."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithWords(build_py):
    """Compile each catalogue of the source before its files are gathered."""

    def run(self) -> None:
        for words in Path("locomotive/translations").glob("*/LC_MESSAGES/*.po"):
            with words.open("rb") as source, words.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(source))
        super().run()


setup(cmdclass={"build_py": BuildWithWords})
