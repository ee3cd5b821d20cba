"""mlx: its Python half is imported by its compiled half, and its Metal library must lie beside the loaded libmlx."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

hiddenimports = collect_submodules("mlx", filter=lambda name: not name.startswith("mlx._distributed_utils"))
datas = collect_data_files("mlx", includes=["lib/*.metallib"])
