// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/shipped.h>

#include <memory>
#include <utility>

#include "drawing/canvas.h"
#include "outputs.h"
#include "program.h"
#include "text.h"

namespace program {

namespace {

struct View {
  std::string input, output, model;
  std::string labels;  ///< empty: "label", if the cloud has that
  bool overwrite = false;
  DrawingOptions drawing;
  Common common;
};

bool is_picture(const fs::path& output) { return lower_case(output.extension().string()) == ".png"; }

void view_one(const View& view, const Outputs& outputs, const std::string& extension, const treewalk::ModelInfo* model,
              const fs::path& input) {
  auto cloud = read(input);
  const fs::path output = outputs.place(view.output, input, extension);
  if (!view.labels.empty()) cloud.view().at(view.labels, "which --labels names");
  auto drawing = make_drawing(cloud, input.filename().string(), view.labels.empty() ? "label" : view.labels, model);
  cloud = {};
  if (is_picture(output))
    write_picture(output, drawing, view.drawing, view.common);
  else
    write_page(output, std::move(drawing), view.drawing, "");
}

void run(const View& view) {
  check(view.drawing);
  const Outputs outputs(view.input, view.overwrite);
  const std::string extension = outputs.many() ? ".html" : "";
  outputs.prepare(view.output, {".html", ".png"}, "-o", extension);
  if (!outputs.many() && is_picture(view.output)) need_png();
  std::shared_ptr<const treewalk::Model> model;
  if (!view.model.empty()) model = treewalk::load_model(treewalk::find_model(view.model));
  for_each_cloud(outputs.inputs(), outputs.many(), [&](const fs::path& input) {
    view_one(view, outputs, extension, model ? &treewalk::model_info(*model) : nullptr, input);
  });
}

}  // namespace

void add_view(CommandLine& line) {
  auto view = std::make_shared<View>();
  Command command = line.add("view", "Show a cloud as a picture or as a page for the browser.");
  command.positional("IN", view->input, "cloud (.pcd, .ply, .las, .laz, .off), also from a pipe, or a folder of clouds")
      .required();
  command.option("-o,--output", view->output, "FILE", "page (.html) or picture (.png); for a folder: a folder of pages")
      .required();
  command.option("-m,--model", view->model, "MODEL", "take the names and colours of labels from this model");
  command.option("--labels", view->labels, "FIELD", "field that holds the labels (default: label)");
  add_overwrite(command, view->overwrite);
  add_drawing_options(command, view->drawing);
  add_threads(command, view->common.run.threads, view->common.quiet);
  command.example("treewalk view labelled.pcd -o labelled.html");
  command.does([view] { run(*view); });
}

}  // namespace program
