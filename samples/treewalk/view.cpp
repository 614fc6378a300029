// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <memory>

#include "outputs.h"
#include "program.h"
#include "text.h"

namespace program {

namespace {

struct View {
  std::string input, output, model, labels = "label";
  DrawingOptions drawing;
  Common common;
};

void view_one(const View& view, const Outputs& outputs, const std::string& extension, const treewalk::ModelInfo* model,
              const fs::path& input) {
  const auto cloud = read(input);
  const fs::path output = outputs.file(view.output, input, extension);
  const auto drawing = make_drawing(cloud, input.filename().string(), view.labels, model);
  if (lower_case(output.extension().string()) == ".png")
    write_picture(output, drawing, view.drawing, view.common);
  else
    write_page(output, drawing, view.drawing, "");
}

void run(const View& view) {
  check(view.drawing);
  const Outputs outputs(view.input);
  std::string extension;
  if (outputs.many()) {
    make_folder(view.output);
    extension = ".html";
  } else {
    check_output(view.output, {".html", ".png"}, "-o");
  }
  std::shared_ptr<const treewalk::Model> model;
  if (!view.model.empty()) model = treewalk::load_model(find_model(view.model));
  for_each_cloud(view.input, [&](const fs::path& input) {
    view_one(view, outputs, extension, model ? &treewalk::model_info(*model) : nullptr, input);
  });
}

}  // namespace

void add_view(CLI::App& app, Task& task) {
  auto view = std::make_shared<View>();
  CLI::App* command = app.add_subcommand("view", "Show a cloud as a picture or as a page for the browser.");
  command->add_option("IN", view->input, "cloud (.pcd, .ply), or a folder of clouds")->required()->type_name("");
  command->add_option("-o,--output", view->output, "page (.html) or picture (.png); for a folder: a folder of pages")
      ->type_name("FILE")
      ->required();
  command->add_option("-m,--model", view->model, "take the names and colours of labels from this model")
      ->type_name("MODEL");
  command->add_option("--labels", view->labels, "field that holds the labels")
      ->type_name("FIELD")
      ->capture_default_str();
  add_drawing_options(*command, view->drawing);
  add_common(*command, view->common);
  command->callback([view, &task] { task = [view] { run(*view); }; });
}

}  // namespace program
