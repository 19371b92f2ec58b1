"""The names on the lab's shelf, and what stands under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TINY_LICENSE = "MIT. Random numbers made by llamakeep for rehearsals; nothing of the real model is in them.\n"

_CHATML = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
_CHATML_STOPS = ("<|im_start|>", "<|im_end|>")
_LLAMA2 = "[INST] <<SYS>>{{ .System }}<</SYS>>\n\n{{ .Prompt }} [/INST]\n"
_LLAMA2_STOPS = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>")
_MISTRAL = "[INST] {{ if .System }}{{ .System }} {{ end }}{{ .Prompt }} [/INST]"
_MISTRAL_STOPS = ("[INST]", "[/INST]")
_PLAIN = "{{ .System }}\n### Instruction:\n{{ .Prompt }}\n### Response:\n"
_PLAIN_STOPS = ("### Instruction:", "### Response:")


@dataclass(frozen=True)
class Model:
    """One model as the registry offers it: every tag is the same content."""

    name: str
    tags: tuple[str, ...]
    template: str
    stop: tuple[str, ...]
    system: str = ""
    temperature: float | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the model's params layer holds."""
        fixed = {} if self.temperature is None else {"temperature": self.temperature}
        return {"stop": list(self.stop), **fixed}

    @property
    def description(self) -> str:
        """What the model's own file says that it is."""
        said = f"tiny stand-in made for rehearsals, not the real model {self.name}"
        return f"{said}; text only" if self.name == "llava" else said


SMOLLM2 = Model(
    name="smollm2",
    tags=("135m",),
    template=_CHATML,
    stop=_CHATML_STOPS,
    system="You are a helpful assistant.",
    temperature=0,  # so small a model knows the capital of France only when it does not guess
)
TINY = (
    Model("llama2", ("latest", "7b"), _LLAMA2, _LLAMA2_STOPS),
    Model("mistral", ("latest", "7b"), _MISTRAL, _MISTRAL_STOPS),
    Model("codellama", ("latest", "7b"), _LLAMA2, _LLAMA2_STOPS),
    Model("dolphin-mixtral", ("latest", "8x7b"), _CHATML, _CHATML_STOPS),
    Model("mistral-openorca", ("latest", "7b"), _CHATML, _CHATML_STOPS),
    Model("llava", ("latest", "7b"), _MISTRAL, _MISTRAL_STOPS),
    Model("deepseek-coder", ("latest", "1.3b"), _PLAIN, _PLAIN_STOPS),
    Model("meditron", ("latest", "7b"), _CHATML, _CHATML_STOPS),
)
