"""What can go wrong in the store, said to the person who must put it right."""


class StoreError(Exception):
    """Something in the store cannot be used; ``en`` and ``vi`` say what, where and what to do."""

    def __init__(self, en: str, vi: str):
        super().__init__(en)
        self.en = en
        self.vi = vi


class UnknownRunError(StoreError):
    """There is no run with this id."""

    def __init__(self, run_id: str):
        shown = repr(run_id[:60])
        super().__init__(
            f"There is no run {shown}; choose one from the list of runs.",
            f"Không có lượt mô phỏng {shown}; hãy chọn trong danh sách các lượt mô phỏng.",
        )
