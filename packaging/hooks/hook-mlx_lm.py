"""mlx-lm: models, the readers of their tool calls and their chat templates are imported by a name in config.json."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

hiddenimports = [
    name
    for package in ("models", "tool_parsers", "chat_templates", "kernels")
    for name in collect_submodules(f"mlx_lm.{package}")
]
datas = collect_data_files("mlx_lm", excludes=["*.md", "**/*.md"])
